// Loaded into the process that is measured (node --require): SIGUSR2 collects the garbage, and a line tells what is left, in bytes.
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  collect(); // what the first one's finalizers let go
  const { heapUsed, external, rss } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ memory: { held: heapUsed + external, heapUsed, rss } })}\n`);
});
