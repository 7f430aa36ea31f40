// Somebody who has the console open all the time: reads its event stream and asks for /metrics. What must not be is told.
// Argument: JSON of { url, token, metricsEachMs }.
import { setTimeout as delay } from 'node:timers/promises';
import { count, fault, isEnding, tell } from '../lab/traffic/child/report.mjs';

const { url, token, metricsEachMs } = JSON.parse(process.argv[2]);
const headers = { authorization: `Bearer ${token}` };
const closing = new AbortController();
const LOOK_EACH_MS = 200;

await tell(Promise.all([readStream(), askForMetrics(), close()]));

async function readStream() {
  try {
    const response = await fetch(`${url}/api/stream`, { headers, signal: closing.signal });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    let rest = '';
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop();
      for (const block of blocks) take(block);
    }
    throw new Error('ended');
  } catch (error) {
    if (!closing.signal.aborted) fault('console-stream', { why: error.message });
  }
}

function take(block) {
  const name = /^event: (.*)$/mu.exec(block)?.[1];
  if (name === undefined) return;
  count(`stream-${name}`);
  const data = JSON.parse(/^data: (.*)$/mu.exec(block)[1]);
  if (name === 'changes') count('stream-trail', data.events?.length ?? 0);
}

async function askForMetrics() {
  while (!isEnding()) {
    try {
      const response = await fetch(`${url}/metrics`, { headers });
      const text = await response.text();
      if (response.status !== 200 || !/^process_resident_memory_bytes /mu.test(text))
        throw new Error(`status ${response.status}`);
      count('metrics');
    } catch (error) {
      fault('console-metrics', { why: error.message });
    }
    for (let left = metricsEachMs; left > 0 && !isEnding(); left -= LOOK_EACH_MS) await delay(LOOK_EACH_MS);
  }
}

async function close() {
  while (!isEnding()) await delay(LOOK_EACH_MS);
  closing.abort();
}
