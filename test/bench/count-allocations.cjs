// Loaded into the process that is measured (node --require): SIGUSR2 begins to count what is allocated on V8's heap, the next one writes
// how many bytes it was, collected meanwhile or not, into the file that ALLOCATIONS and the pid name.
const { openSync, writeSync } = require('node:fs');
const { GCProfiler, getHeapStatistics } = require('node:v8');

const file = openSync(`${process.env.ALLOCATIONS}.${process.pid}`, 'w'); // now: the gateway gives its rights up
const used = () => getHeapStatistics().used_heap_size;
let profiler, start;

process.on('SIGUSR2', () => {
  if (profiler === undefined) {
    profiler = new GCProfiler();
    profiler.start();
    start = used();
    writeSync(file, 'counting\n');
    return;
  }
  let allocated = used();
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    allocated += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize;
  }
  writeSync(file, `${allocated - start}\n`);
  profiler = undefined;
});
