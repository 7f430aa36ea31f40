// Decides which packets of a source open a door. Pure: packets and the time come in, outcomes go out.
export { AttemptTable } from './attempt-table.js';
export type { AttemptLimits } from './door-attempts.js';
export type { FlagRule, KnockDoor, Protocol, Step } from './door.js';
export { matchesFlags } from './flag-rule.js';
export type { Outcome, OutcomeListener } from './outcome.js';
export { type HeardSource, type JournalLine, PacketJournal } from './packet-journal.js';
export { PortSet } from './port-set.js';
export type { Verdict } from './verdict.js';
