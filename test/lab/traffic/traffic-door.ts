/** A door as those who pass through it know it. */
export interface TrafficDoor {
  readonly name: string;
  /** What is done there: pages and downloads, or what is sent over a WebSocket or a TCP connection comes back. */
  readonly kind: 'pages' | 'websocket' | 'echo';
  readonly port: number;
  readonly sequence: readonly number[];
  /** Its `cmd_timeout`. */
  readonly openMs: number;
}
