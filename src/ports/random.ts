/**
 * Port: randomness (jitter, incarnations, write ids). Never used by the rules: those carry their own seed in the state.
 *
 * Conditions (test/contract/random.ts):
 *  R1 `fraction` is in [0, 1).
 *  R2 `token(length)` is exactly `length` characters of [A-Za-z0-9]; 16 characters do not repeat in practice.
 */
export interface Random {
  fraction(): number;
  token(length: number): string;
}
