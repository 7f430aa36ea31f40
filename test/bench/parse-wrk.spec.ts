import { expect, it } from 'vitest';
import { parseWrk } from './parse-wrk.js';

const output = (more = ''): string => `Running 3s test @ http://10.77.0.1:8080/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.99ms  199.00us   5.00ms   90.00%
    Req/Sec    15.99k   500.00    17.00k    70.00%
  Latency Distribution
     50%    1.99ms
     75%    2.10ms
     90%    2.30ms
     99%  850.00us
  47995 requests in 3.00s, 38.93MB read
${more}Requests/sec:  15993.20
Transfer/sec:     12.97MB
`;

it('reads figures in the units that wrk chose', () => {
  expect(parseWrk(output())).toEqual({
    requests: 47_995,
    requestsPerSecond: 15_993.2,
    bytesPerSecond: 12.97 * 2 ** 20,
    p99Ms: 0.85,
    faults: [],
  });
  expect(parseWrk(output().replace('850.00us', '1.20s').replace('12.97MB', '1.50GB'))).toMatchObject({
    p99Ms: 1200,
    bytesPerSecond: 1.5 * 2 ** 30,
  });
});

it('hands over what went wrong', () => {
  const faults = ['Socket errors: connect 0, read 3, write 0, timeout 1', 'Non-2xx or 3xx responses: 7'];
  expect(parseWrk(output(faults.map((line) => `  ${line}\n`).join(''))).faults).toEqual(faults);
});

it('refuses other output', () => {
  expect(() => parseWrk('unable to connect to 10.77.0.1:8080 Connection refused\n')).toThrow('Connection refused');
});
