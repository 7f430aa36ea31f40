import { type DoorSettings, NO_UPSTREAM, type Settings } from '#config';

/** The doors that are the gateway's to open: behind the others another daemon listens itself (`knockgate hide`). */
export function proxied({ doors }: Settings): readonly DoorSettings[] {
  return doors.filter(({ upstream }) => upstream !== NO_UPSTREAM);
}
