import type { INestApplicationContext } from '@nestjs/common';
import type { Settings } from '#config';
import {
  CaptureDenied,
  CaptureRefused,
  CommandRunner,
  JournalUnreadable,
  KnockListener,
  ListenerModule,
} from '../listener/index.js';
import { CommandFailed } from './command-failed.js';

/** What a process is that hears knocks. Loaded by those alone. */
export const listenerRole = {
  module: ListenerModule,

  async apply(app: INestApplicationContext, settings: Settings): Promise<void> {
    await app.get(KnockListener).apply(settings);
    app.get(CommandRunner).follow(settings.doors);
  },

  /** An error of the listener's, for who has started it; any other as it is. */
  explained(error: unknown): unknown {
    if (error instanceof JournalUnreadable) return new CommandFailed([error.message], 2, { cause: error });
    if (error instanceof CaptureRefused) return new CommandFailed([error.message], 2, { cause: error });
    if (error instanceof CaptureDenied) {
      const cures = [
        'run as root (sudo)',
        'give node the right (sudo setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")")',
        'or use docker compose up',
      ];
      const line = `no right to open a raw socket (CAP_NET_RAW): ${cures.join(', ')}`;
      return new CommandFailed([line], 1, { cause: error });
    }
    return error;
  },
};

export type ListenerRole = typeof listenerRole;
