import { NGINX_TEMP_PATHS } from '../../lab/nginx-config.js';
import type { PeerSettings } from './start-peer.js';

/** nginx as a reverse proxy: one process, connections to the upstream kept, the distribution's access log. */
export function nginxProxyConfig({ address, port, upstream, directory }: PeerSettings): string {
  return `daemon off;
master_process off;
pid ${directory}/proxy.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log ${directory}/proxy-access.log;
  ${NGINX_TEMP_PATHS.map((kind) => `${kind}_temp_path ${directory}/proxy-${kind};`).join('\n  ')}
  sendfile on;
  tcp_nopush on;
  upstream page {
    server ${upstream.host};
    keepalive 64;
  }
  server {
    listen ${address}:${port};
    location / {
      proxy_pass http://page;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`;
}
