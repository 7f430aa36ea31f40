import { describe, expect, it } from 'vitest';
import { portOfProxy, portsInNat } from './published-ports.js';

describe('portsInNat', () => {
  it('reads what Docker and others write into the nat table', () => {
    const text = `*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
[3:180] -A DOCKER ! -i docker0 -p udp -m udp --dport 53 -j DNAT --to-destination 172.17.0.3:53
-A PREROUTING -p tcp -m tcp --dport 7000:7001 -j DNAT --to-destination 10.0.0.9
-A PREROUTING -p tcp -m tcp --dport 25 -j REDIRECT --to-ports 2525
COMMIT
`;
    expect(portsInNat(text)).toEqual([
      { protocol: 'tcp', port: 8080, to: '172.17.0.2:80' },
      { protocol: 'udp', port: 53, to: '172.17.0.3:53' },
      { protocol: 'tcp', port: 7000, to: '10.0.0.9' },
      { protocol: 'tcp', port: 7001, to: '10.0.0.9' },
    ]);
  });
});

describe('portOfProxy', () => {
  const words = '-proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80'.split(' ');

  it('reads the words of a docker-proxy', () => {
    const port = { protocol: 'tcp', port: 8080, to: '172.17.0.2:80' };
    expect(portOfProxy(['/usr/bin/docker-proxy', ...words])).toEqual(port);
    expect(portOfProxy(['docker-proxy', '-use-listen-fd', ...words, ''])).toEqual(port);
  });

  it.each([[['/usr/bin/nginx', ...words]], [['docker-proxy']], [['']]])('knows nothing of %j', (other) => {
    expect(portOfProxy(other)).toBeUndefined();
  });
});
