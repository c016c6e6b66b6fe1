/**
 * An incident: a secret that signs players' tokens is replaced while bots play, and one player's token has leaked.
 *
 * Role: the first two steps of docs/operations.md#rotating-secrets. The last one, which removes the old secret, ends the tokens of all bots.
 * Invariant: members keep the secrets over their later starts.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Incident, Stage } from './incident.ts';
import { replace } from './rolling.ts';

const seat = z.object({ game: z.object({ id: z.string() }), playerId: z.string(), token: z.string() });
const renewal = z.object({ token: z.string() });

export const secretRotated: Incident = {
  name: 'secret-rotated',
  what: 'a new secret signs tokens, all members are replaced twice for it; a token that leaked is renewed',
  signs: [/^log drained/, /^answer 200 to a token of the old secret/, /^answer 401 to a token that was renewed/],
  runbook: ['a-secret-has-leaked'],
  alert: null,
  harm: async (stage) => {
    const { tokenSecrets: old, send } = stage;
    const { game, playerId, token } = seat.parse(
      (await send('POST', '/v1/games', { body: { displayName: 'Ada' } })).body,
    );
    const path = `/v1/games/${game.id}`;
    const added = randomBytes(32).toString('hex');
    await rollTo(stage, `${old},${added}`);
    await rollTo(stage, `${added},${old}`);
    const read = async (what: string) => {
      for (const { url } of stage.members)
        stage.note(`answer ${(await send('GET', path, { token, at: url })).status} to ${what}`);
    };
    await read('a token of the old secret');
    const renewed = renewal.parse((await send('POST', `${path}/players/${playerId}/token`, { token })).body);
    await read('a token that was renewed');
    stage.note(`answer ${(await send('GET', path, { token: renewed.token })).status} to the new token`);
  },
  mend: async () => {},
};

async function rollTo({ members }: Stage, secrets: string): Promise<void> {
  for (const member of members) await replace(member, { MINOTAUR_TOKEN_SECRETS: secrets });
}
