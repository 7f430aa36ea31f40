/** There can be no console, as the message says, with what to do. */
export class ConsoleUnavailable extends Error {
  override readonly name = 'ConsoleUnavailable';
}
