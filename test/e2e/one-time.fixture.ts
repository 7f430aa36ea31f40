/** Opens nothing that matters: a door for its sequence's sake. */
const opens = (port: number): string =>
  `start_command = iptables -A INPUT -p tcp --dport ${port} -j ACCEPT\nstop_command = true\n`;

/** The knock of a second door, FIRST: once that is open, everything knocked before it was judged. */
export const SETTLING_PORT = 5999;

/** A knockd.conf whose door HTTP has this file of one-time sequences. */
export function oneTimeConf(file: string): string {
  const first = `[FIRST]\nsequence = ${SETTLING_PORT}\ntcpflags = syn\n${opens(81)}`;
  return `[HTTP]\none_time_sequences = ${file}\ntcpflags = syn\n${opens(80)}${first}`;
}
