/**
 * `Authorization` of every kind, right and wrong for an operation.
 */
import fc from 'fast-check';
import type { Permission } from '../../../src/session/permission.ts';
import type { Header } from './oddities.ts';

const bearer = (token: string): Header => ['Authorization', `Bearer ${token}`];

/** What lets a caller do what asks for `may`, as far as its token says, about its own seat. */
export function rightHeaders(may: Permission): fc.Arbitrary<Header[]> {
  const own = bearer('{{own.token}}');
  const choices: Header[][] = may.flatMap((relation): Header[][] => {
    switch (relation) {
      case 'anyone':
        return [[], [bearer('{{admin}}')], [own]];
      case 'spectator':
        return [[]];
      case 'admin':
        return [[bearer('{{admin}}')]];
      case 'host':
        return [[bearer('{{own.token0}}')]];
      default:
        return [[own]];
    }
  });
  return fc.constantFrom(...choices);
}

/** Tokens that are wrong everywhere. The last ones only look like tokens. */
export const wrongTokens = [
  '{{expired}}',
  '{{unsigned}}',
  '{{tampered}}',
  '{{active.token0}}x',
  'x{{active.token0}}',
  '{{active.token0}}.x',
  '{{admin}}{{mark}}',
  '{{mark}}',
  'v1.{{mark}}.{{mark}}',
  'v1..',
  'v1.e30.{{long:43}}',
  'v1.bnVsbA.{{long:43}}',
  'v1.{{long:5000}}.{{long:43}}',
  '{{long:1100}}',
  '{{long:15000}}',
  '__proto__',
] as const;

const oddValues = [
  '',
  ' ',
  'Bearer',
  'Bearer ',
  'Bearer  ',
  'Bearer\t{{admin}}',
  'Bearer {{admin}} x',
  'Bearer {{admin}},Bearer {{admin}}',
  'Basic e30=',
  'Digest username="{{mark}}"',
  '{{admin}}',
  'Bearer "{{admin}}"',
  'Bearer \xff',
  'Bearer {{mark}}\xe9',
  'Bearer {{mark}}💥',
  'Bearer {{mark}}\x01',
  'constructor',
];

/** Callers who are somebody, but maybe not who may do this. */
const others = [
  'admin',
  'active.token0',
  'active.token1',
  'lobby.token0',
  'lobby.token2',
  'duel.token1',
  'done.token0',
  'none.token0',
  'stale',
];

export const oddAuthorizations: fc.Arbitrary<Header[]> = fc.oneof(
  fc.constant<Header[]>([]),
  fc.constantFrom(...others).map((name) => [bearer(`{{${name}}}`)]),
  fc.constantFrom(...wrongTokens).map((token) => [bearer(token)]),
  fc.constantFrom(...oddValues).map((value): Header[] => [['Authorization', value]]),
  fc.constantFrom(...wrongTokens).map((token) => [bearer('{{admin}}'), bearer(token)]),
  fc.constantFrom<Header[]>([['authorization', 'bearer  {{admin}} ']], [['AUTHORIZATION', 'BEARER {{active.token1}}']]),
);
