import type { DoorSettings, ListenAddress, Settings } from '#config';
import type { GrantKey } from '#grants';
import type { ProcessLoad } from '#telemetry';
import type { DoorFigures } from './door-traffic.js';
import type { Live } from './live-connections.js';

/** A grant as a worker needs it; the deadline is on the clock that all processes of the host share. */
export interface FedGrant extends GrantKey {
  readonly deadlineHostMs: number;
}

/** Who a worker becomes, if it is started as root. */
export interface WorkerIds {
  readonly uid: number;
  readonly gid: number;
}

/** What only the settings can tell a worker of its log. */
export type LogSettings = Pick<Settings, 'logFile' | 'logLevel' | 'useSyslog'>;

/** From the first process to a worker. Those that are asked for an answer have a number. */
export type ToWorker =
  | { readonly kind: 'start'; readonly settings: Settings; readonly ids: WorkerIds | undefined }
  /** With a socket that is bound and listens already. */
  | { readonly kind: 'listen'; readonly port: number; readonly address: ListenAddress; readonly door: DoorSettings }
  | { readonly kind: 'open'; readonly port: number; readonly door: DoorSettings }
  | { readonly kind: 'close'; readonly port: number }
  | { readonly kind: 'snapshot'; readonly grants: readonly FedGrant[]; readonly heardHostMs: number }
  | { readonly kind: 'changes'; readonly granted: readonly FedGrant[]; readonly ended: readonly GrantKey[] }
  | { readonly kind: 'heard'; readonly heardHostMs: number }
  | { readonly kind: 'end'; readonly key: GrantKey; readonly how: keyof Live }
  | { readonly kind: 'cutAll'; readonly door: string | undefined }
  /** What became of the `revoke` of that number. */
  | { readonly kind: 'revoked'; readonly request: number; readonly done: boolean }
  | { readonly kind: 'reopenLog' }
  | { readonly kind: 'log'; readonly settings: LogSettings };

export interface Asked {
  readonly id: number;
  readonly message: ToWorker;
}

/** From a worker to the first process. */
export type FromWorker =
  /** The answer to the message of that number; a count of connections where it asks for one. */
  | { readonly kind: 'done'; readonly id: number; readonly connections: number }
  | {
      readonly kind: 'report';
      readonly doors: readonly DoorFigures[];
      readonly load: ProcessLoad;
      /** It lets people in. */
      readonly fresh: boolean;
    }
  /** The client that has this grant wishes to end it. SECURITY: there is nothing to ask for that opens a door. */
  | { readonly kind: 'revoke'; readonly request: number; readonly key: GrantKey }
  /** The last word of one that ends itself. */
  | { readonly kind: 'crashed'; readonly reason: string };
