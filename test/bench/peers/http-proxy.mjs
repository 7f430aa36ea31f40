// node http-proxy.mjs ADDRESS PORT UPSTREAM: bare http-proxy as its documentation shows it, with a keep-alive agent.
import { Agent, createServer } from 'node:http';
import httpProxy from 'http-proxy';

const [address, port, target] = process.argv.slice(2);
const proxy = httpProxy.createProxyServer({ target, agent: new Agent({ keepAlive: true }) });
createServer((request, response) => {
  proxy.web(request, response, {}, (error) => {
    process.stderr.write(`${error.message}\n`);
    response.writeHead(502).end();
  });
}).listen(Number(port), address);
