/** Why an address cannot be bound or listened on, and what to do; for a code that people seldom meet, the code. */
export function bindFault(code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another process listens there (ss -ltnp shows which); stop it or choose another port';
    case 'EACCES':
      return 'ports below 1024 want root or CAP_NET_BIND_SERVICE';
    case 'EADDRNOTAVAIL':
      return 'this host has no such address';
    default:
      return code;
  }
}
