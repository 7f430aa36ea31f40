// The operator's console: shows what goes on, on loopback only, and lets in and shuts out by hand.
export { Console } from './console.js';
export { ConsoleSeat } from './console-seat.js';
export { ConsoleUnavailable } from './console-unavailable.js';
