/**
 * The table: following a game, over a socket or a stream.
 */
import { z } from 'zod';
import { exampleGame, exampleTime, ofOneGame } from './answers.ts';
import { operation } from './operation.ts';
import { fromText, ofGame, whole } from './schemas.ts';

const anyGame = { tag: 'games', opsOnly: false } as const;

const number = (description: string) =>
  fromText(whole.min(0, 'must be 0 or more').meta({ description, examples: [3] })).optional();

/** Where whoever comes again goes on. */
const whatClientHas = z.object({
  since: number(
    'The newest version that the client has: only newer states are sent. If the game is at an older one (it was put back), it is sent whole, marked `reset`.',
  ),
  after: number(
    'The `seq` of the last event that the client has: those after it are sent. If there is no such event, they start over, marked `reset`.',
  ),
});

export const watchOperations = {
  watch_game: operation({
    ...anyGame,
    id: 'watch_game',
    method: 'GET',
    path: '/v1/games/{id}/ws',
    summary: 'Follow a game over a WebSocket',
    description:
      'The subprotocol is `minotaur.v1`; the AsyncAPI document describes its frames. A browser, which cannot send headers, offers the token as a second subprotocol, `bearer.<token>`. The upgrade is accepted even where the socket is refused: a close code says why. Without a token, a game with `settings.spectators` shows what the public may see of it.',
    may: ['player', 'admin', 'spectator'],
    frame: null,
    params: ofGame,
    query: whatClientHas,
    body: null,
    answers: { 101: { description: 'A WebSocket.', schema: null, example: null } },
    errors: ['bad_request'],
    idempotent: false,
    example: { params: { id: exampleGame }, query: { since: '7', after: '2' } },
  }),

  stream_game: operation({
    ...anyGame,
    id: 'stream_game',
    method: 'GET',
    path: '/v1/games/{id}/stream',
    summary: 'Follow a game as Server-Sent Events',
    description:
      'What a socket would send, for `curl`, bots and networks that block sockets. The `data` of the events `game`, `events` and `reconnect` are the frames of these names (see the AsyncAPI document); that of `close`, the last one, is `{code, reason}` as a socket would be closed with. An `id` holds the version and the `seq` that the client then has: sent as `Last-Event-ID`, to any member, it resumes there and counts instead of `since` and `after`. A comment comes every 20 s. After four to six minutes the last event is `reconnect`, as when a member leaves: connect again, and nothing is missed. Without a token, a game with `settings.spectators` shows what the public may see of it.',
    may: ['player', 'admin', 'spectator'],
    frame: null,
    params: ofGame,
    query: whatClientHas,
    body: null,
    answers: {
      200: {
        description: 'Events, until the game is over or the token holds no more; `reconnect` ends it, too.',
        schema: null,
        example: `event: game\nid: 7.2\ndata: {"type":"game","version":7,"serverTime":"${exampleTime}","game":{},"view":"player"}\n\n`,
        contentType: 'text/event-stream',
      },
    },
    errors: ofOneGame,
    idempotent: false,
    example: { params: { id: exampleGame }, query: { since: '7', after: '2' } },
  }),
} as const;
