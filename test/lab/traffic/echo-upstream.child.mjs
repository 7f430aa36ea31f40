// An upstream that sends back what it gets: WebSocket messages on one port of 127.0.0.1, plain TCP on another. Says both ports.
import { createServer as createHttp } from 'node:http';
import { createServer } from 'node:net';
import { WebSocketServer } from 'ws';

const http = createHttp((_, response) => response.end('echo\n'));
new WebSocketServer({ server: http }).on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});
const tcp = createServer((socket) => {
  socket.on('error', () => {});
  socket.pipe(socket);
});
http.listen(0, '127.0.0.1', () => {
  tcp.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ http: http.address().port, tcp: tcp.address().port })}\n`);
  });
});
