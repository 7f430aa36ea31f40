export interface NginxConfigSettings {
  readonly directory: string;
  /** address:port, an IPv6 address in brackets */
  readonly authority: string;
  readonly proxyProtocol: boolean;
  /** nginx's limit_rate for /big: bytes a second for each connection, 0 for no limit. */
  readonly bigRate: number;
  readonly accessLog: boolean;
}

/** What nginx wants a directory of its own for. */
export const NGINX_TEMP_PATHS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

const FROM_PROXY_HEADER = 'set_real_ip_from 127.0.0.0/8; set_real_ip_from ::1; real_ip_header proxy_protocol;';

/** nginx.conf for one process in the foreground that writes below `directory` only. */
export function nginxConfig(settings: NginxConfigSettings): string {
  const { directory, authority, proxyProtocol, bigRate, accessLog } = settings;
  return `daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log stderr notice;
events { worker_connections 4096; }
http {
  log_format lab '$remote_addr "$request" $status $body_bytes_sent "$http_x_forwarded_for" "$proxy_protocol_addr"';
  access_log ${accessLog ? `${directory}/access.log lab` : 'off'};
  ${NGINX_TEMP_PATHS.map((kind) => `${kind}_temp_path ${directory}/temp/${kind};`).join('\n  ')}
  client_max_body_size 0;
  default_type text/html;
  sendfile on;
  server {
    listen ${authority}${proxyProtocol ? ' proxy_protocol' : ''};
    ${proxyProtocol ? FROM_PROXY_HEADER : ''}
    root ${directory}/site;
    location /big { limit_rate ${bigRate}; }
  }
}
`;
}
