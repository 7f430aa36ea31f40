// npm raw-socket ships no types: the part that is used here.
declare module 'raw-socket' {
  import type { EventEmitter } from 'node:events';

  /** The native socket below a Socket. `recv` throws when nothing is there to be read (EAGAIN). */
  interface SocketWrap extends EventEmitter {
    recv(buffer: Buffer, received: (buffer: Buffer, bytes: number, source: string) => void): void;
  }

  class Socket extends EventEmitter {
    readonly wrap: SocketWrap;
    close(): this;
    setOption(level: number, option: number, value: Buffer | number, length?: number): void;
    getOption(level: number, option: number, value: Buffer, length: number): number;
  }

  const raw: {
    createSocket(options: { protocol: number; addressFamily: number; bufferSize?: number }): Socket;
    readonly AddressFamily: { readonly IPv4: number; readonly IPv6: number };
    readonly Protocol: { readonly TCP: number; readonly UDP: number };
    readonly Socket: typeof Socket;
  };
  export default raw;
  export type { Socket };
}
