/** A Redis command that has no reply after this is given up. Milliseconds. */
export const COMMAND_TIMEOUT_MS = 2_000;

/** A read that is not answered after this is a 503. Milliseconds. */
export const READ_WITHIN_MS = 2_500;

/** A lost reply of an accept is looked for so long before the answer is `accept_unknown`. Milliseconds. */
export const RESOLVE_WITHIN_MS = 3_000;
