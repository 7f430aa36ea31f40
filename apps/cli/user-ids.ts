import { readFileSync } from 'node:fs';

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

const NUMBERS = /^(\d+)(?::(\d+))?$/u;

/** The ids of a user by name (passwd(5)), or of `UID[:GID]`; undefined: there is no such user. */
export function userIds(user: string, passwd = '/etc/passwd'): UserIds | undefined {
  const [, uid, gid = uid] = NUMBERS.exec(user) ?? [];
  if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  for (const line of readFileSync(passwd, 'utf8').split('\n')) {
    const [name, , ownUid, ownGid] = line.split(':');
    if (name === user && ownUid !== undefined && ownGid !== undefined)
      return { uid: Number(ownUid), gid: Number(ownGid) };
  }
  return undefined;
}
