/**
 * Two readings of one deadline differ by what a reading takes at most, two seconds and a little (redis-connection.ts). By more than
 * this, and nobody has set another one: then the store's clock has been stepped in between. As in record-end-2.lua.
 */
export const CLOCK_STEP_MS = 3000;
