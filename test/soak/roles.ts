/** The processes of knockgate that are looked at. */
export const ROLES = ['listener', 'gateway', 'console'] as const;
export type Role = (typeof ROLES)[number];
