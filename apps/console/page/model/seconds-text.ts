const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `59 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`: the two largest parts. */
export function secondsText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds * 10) / 10);
  if (whole < 2 * MINUTE) return `${whole < 10 ? whole : Math.round(whole)} s`;
  if (whole < HOUR) return parts(whole, { unit: MINUTE, name: 'min', below: 1, belowName: 's' });
  if (whole < DAY) return parts(whole, { unit: HOUR, name: 'h', below: MINUTE, belowName: 'min' });
  return parts(whole, { unit: DAY, name: 'd', below: HOUR, belowName: 'h' });
}

interface Units {
  readonly unit: number;
  readonly name: string;
  readonly below: number;
  readonly belowName: string;
}

function parts(seconds: number, { unit, name, below, belowName }: Units): string {
  const small = Math.floor((seconds % unit) / below);
  const large = `${Math.floor(seconds / unit)} ${name}`;
  return small === 0 ? large : `${large} ${small} ${belowName}`;
}

/** At most four characters, for within a ring: `59`, `12m`, `3h`, `2d`. A second counts until it is over. */
export function shortSeconds(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  if (seconds < 100) return String(seconds);
  if (seconds < 100 * MINUTE) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < 100 * HOUR) return `${Math.floor(seconds / HOUR)}h`;
  return `${Math.floor(seconds / DAY)}d`;
}
