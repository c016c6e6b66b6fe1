/**
 * Names that are the platform's, in what a game module declares.
 *
 * Role: the types by which a module that takes one does not compile, and the lists by which it is refused when it is loaded.
 */
export const reservedFields = ['type', 'id', 'round', 'player', 'playerId'] as const;
export const reservedFieldsOfEvents = ['type', 'seq', 'round', 'at'] as const;
/** Types of events that begin so are told by the platform. */
export const reservedPrefixes = ['game_', 'round_', 'player_', 'clock_', 'host_', 'token_'] as const;

export type Reserved = (typeof reservedFields)[number];
export type ReservedOfEvents = (typeof reservedFieldsOfEvents)[number];
export type ReservedType = `${(typeof reservedPrefixes)[number]}${string}`;
