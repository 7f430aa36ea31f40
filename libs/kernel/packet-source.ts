/** Where a packet socket's packets are taken from. */
export interface PacketSource {
  /**
   * Takes up to `limit` packets, in order, and answers how many there were; never waits. The bytes are valid within
   * `each` only.
   * @throws what ended the socket
   */
  take(limit: number, each: (packet: Uint8Array, interfaceIndex: number) => void): number;
}
