// With node --require: at SIGUSR2 the event loop is blocked for BLOCK_MS in the midst of what has arrived, as by something long to
// do. Node looks at its timers ahead of what arrives: so first it is kept from that until a packet waits, and behind it all the rest.
const { createSocket } = require('node:dgram');

const WAIT_MS = 100;
const receiver = createSocket('udp4');
const sender = createSocket('udp4');

function block(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

receiver.bind(0, '127.0.0.1', () => sender.connect(receiver.address().port, '127.0.0.1'));
receiver.on('message', () => block(Number(process.env.BLOCK_MS)));
for (const socket of [receiver, sender]) socket.unref();
process.on('SIGUSR2', () => {
  sender.send('x');
  block(WAIT_MS);
});
