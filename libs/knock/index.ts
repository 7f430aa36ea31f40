// Decides which packets of a source open a door. Pure: packets and the time come in, outcomes go out.
export type { AttemptKeeper } from './attempt-keeper.js';
export { AttemptNotes, MAX_IGNORED } from './attempt-notes.js';
export { AttemptTable } from './attempt-table.js';
export type { AttemptLimits } from './door-attempts.js';
export { doorIdentity, type FlagRule, type KnockDoor, type Protocol, type Step } from './door.js';
export { DoorPackets } from './door-packets.js';
export { matchesFlags } from './flag-rule.js';
export type { Outcome, OutcomeListener } from './outcome.js';
export { type HeardSource, type JournalLine, PacketJournal } from './packet-journal.js';
export { PortSet } from './port-set.js';
export type { Verdict } from './verdict.js';
