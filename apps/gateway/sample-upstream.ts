import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Injectable } from '@nestjs/common';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>You knocked</title>
<style>body{font:1.2rem/1.6 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}</style>
<h1>You knocked, and it opened.</h1>
<p>This page is the sample upstream. Put your own service behind the door: <code>upstream:</code> in knockgate.yaml.</p>
</html>
`;

/** `upstream: sample`: one page to try things out with, on a loopback port that the system picks. */
@Injectable()
export class SampleUpstream {
  private server: Server | undefined;

  /** Starts it if need be, and answers its URL. */
  async url(): Promise<string> {
    if (this.server === undefined) {
      this.server = createServer((_request, response) => {
        response.writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'content-length': Buffer.byteLength(PAGE),
        });
        response.end(PAGE);
      }).listen(0, '127.0.0.1');
      await once(this.server, 'listening');
    }
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }
}
