// node relay.mjs ADDRESS PORT UPSTREAM: Node's own sockets, piped into each other, and nothing else.
import { connect, createServer } from 'node:net';

const [address, port, upstream] = process.argv.slice(2);
const { hostname, port: upstreamPort } = new URL(upstream);
createServer({ noDelay: true }, (client) => {
  const server = connect({ host: hostname, port: Number(upstreamPort), noDelay: true });
  for (const [from, to] of [
    [client, server],
    [server, client],
  ]) {
    from.pipe(to);
    from.on('error', (error) => process.stderr.write(`${error.message}\n`));
    from.on('close', () => to.destroy());
  }
}).listen(Number(port), address);
