/** Nest's token for the Settings (#config), which are an interface. */
export const SETTINGS = Symbol('SETTINGS');
