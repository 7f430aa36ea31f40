import type { Step } from '#knock';

/** As `6000/tcp`. */
export function stepText({ port, protocol }: Step): string {
  return `${port}/${protocol}`;
}

export function isSameStep(one: Step | null, other: Step | null): boolean {
  return one !== null && other !== null && one.port === other.port && one.protocol === other.protocol;
}
