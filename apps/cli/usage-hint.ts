const LIST = '(knockgate --help lists the commands)';
const OF_GRANTS: ReadonlySet<string> = new Set(['ls', 'watch']);

/** What to say after commander's own line on wrong usage. @param words the command line behind `knockgate` */
export function usageHint([first = '']: readonly string[]): string {
  if (OF_GRANTS.has(first)) return `(it is: knockgate grants ${first})`;
  return /^-./u.test(first) ? '(the command comes first, then its options: knockgate check --config FILE)' : LIST;
}
