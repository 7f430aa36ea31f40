/** What a finding is about, in the order in which they are shown. */
export const TOPICS = [
  'config',
  'rights',
  'hiding',
  'capture',
  'buffer',
  'ports',
  'docker',
  'redis',
  'upstream',
  'files',
  'clock',
] as const;
export type Topic = (typeof TOPICS)[number];

/**
 * What `doctor` has to say of one thing. A cure is a command to paste, or words where no command can help.
 * SECURITY: no text in it has a port of a sequence, or a password.
 */
export type Finding =
  | { readonly topic: Topic; readonly state: 'ok'; readonly what: string }
  | { readonly topic: Topic; readonly state: 'warning' | 'fault'; readonly what: string; readonly cure: string }
  /** It could not be looked at; `what` is why. */
  | { readonly topic: Topic; readonly state: 'skipped'; readonly what: string };

/** The ways to say something about one topic. */
export function findingsOn(topic: Topic) {
  return {
    ok: (what: string): Finding => ({ topic, state: 'ok', what }),
    warning: (what: string, cure: string): Finding => ({ topic, state: 'warning', what, cure }),
    fault: (what: string, cure: string): Finding => ({ topic, state: 'fault', what, cure }),
    skipped: (what: string): Finding => ({ topic, state: 'skipped', what }),
  };
}
