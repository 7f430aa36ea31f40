// node fastify-http-proxy.mjs ADDRESS PORT UPSTREAM: @fastify/http-proxy with its defaults (undici), without a log.
import httpProxy from '@fastify/http-proxy';
import fastify from 'fastify';

const [host, port, upstream] = process.argv.slice(2);
const server = fastify();
await server.register(httpProxy, { upstream });
await server.listen({ host, port: Number(port) });
