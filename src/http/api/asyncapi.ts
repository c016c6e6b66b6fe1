/**
 * The AsyncAPI 3.0 document of the WebSocket, made from the schemas of its frames.
 *
 * Role: one channel, the game; the server receives the client's frames, each with its reply, and sends what happens.
 */
import { problem } from '../../errors.ts';
import { bob, exampleAdminGame, exampleGame, exampleTime } from './answers.ts';
import { closings } from './close-codes.ts';
import { errorGuide } from './error-guide.ts';
import { clientFrames, serverFrames, subprotocol } from './frames.ts';
import { anyAction, type DocumentedGame, withExamples } from './game-schemas.ts';
import { jsonSchemas } from './json-schemas.ts';
import { operations } from './operations.ts';
import { contractVersion, introduction, permissionText, securitySchemes } from './shared-parts.ts';

type ClientType = keyof typeof clientFrames;
type ServerType = keyof typeof serverFrames;

const clientTypes = Object.keys(clientFrames) as ClientType[];
const serverTypes = Object.keys(serverFrames) as ServerType[];
const inChannel = (type: string) => ({ $ref: `#/channels/game/messages/${type}` });
const { watch_game } = operations;

/** The whole document, as a JSON value, where `game` is played. */
export function asyncapi(game: DocumentedGame) {
  const query = { query: watch_game.query };
  const { of, named } = jsonSchemas({ ...clientFrames, ...serverFrames, ...query }, game, 'draft-07');
  const messages = Object.fromEntries([...clientTypes, ...serverTypes].map((type) => [type, message(type, of[type])]));
  const document = {
    asyncapi: '3.0.0',
    info: { title: 'Minotaur', version: contractVersion, description: introduction, license: { name: 'Apache-2.0' } },
    defaultContentType: 'application/json',
    servers: {
      member: {
        host: '{host}',
        protocol: 'ws',
        description: 'Any member; `wss` where TLS ends before it.',
        variables: { host: { default: 'localhost:8080', description: 'Host and port.' } },
        security: [
          { $ref: '#/components/securitySchemes/bearerToken' },
          { $ref: '#/components/securitySchemes/offeredToken' },
        ],
      },
    },
    channels: { game: channel(of.query) },
    operations: { ...Object.fromEntries(clientTypes.map((type) => [type, received(type)])), ...sent() },
    components: { schemas: named, messages, securitySchemes: security },
  };
  return withExamples(document, game);
}

function channel(query: unknown) {
  const codes = [...protocolClosings, ...Object.values(closings)];
  const closes = codes.map(([code, reason]) => `- ${code}: ${reason}`);
  return {
    address: watch_game.path,
    title: 'A game',
    description: `${watch_game.description}\n\n${permissionText(watch_game.may)}\n\nThe server closes with\n\n${closes.join('\n')}\n\nThe reason of a 4401 begins with \`kicked:\` where the player was sent away.`,
    parameters: { id: { description: 'The id of the game.', examples: [exampleGame] } },
    messages: Object.fromEntries(
      [...clientTypes, ...serverTypes].map((type) => [type, { $ref: `#/components/messages/${type}` }]),
    ),
    bindings: { ws: { method: 'GET', query, headers: handshake, bindingVersion: '0.1.0' } },
    'x-subprotocol': subprotocol,
    'x-close-codes': Object.fromEntries(codes),
  };
}

/** Those of the WebSocket protocol itself, by the library. */
const protocolClosings = [
  [1002, 'the frames break the protocol'],
  [1007, 'the text is not UTF-8'],
  [1009, 'the frame is too large'],
] as const;

const handshake = {
  type: 'object',
  properties: {
    'Sec-WebSocket-Protocol': {
      type: 'string',
      description: `\`${subprotocol}\`, and \`bearer.<token>\` where no header can be sent. Only \`${subprotocol}\` is ever echoed.`,
      examples: [subprotocol],
    },
    Authorization: { type: 'string', description: '`Bearer <token>`; counts before an offered token.' },
  },
  required: ['Sec-WebSocket-Protocol'],
};

const security = {
  bearerToken: {
    type: 'http',
    scheme: 'bearer',
    description: `${securitySchemes.playerToken.description} Or a token of an administrator.`,
  },
  offeredToken: {
    type: 'httpApiKey',
    in: 'header',
    name: 'Sec-WebSocket-Protocol',
    description: 'As a second subprotocol, `bearer.<token>`: browsers cannot send headers with a WebSocket.',
  },
};

/** A frame of the client, and the reply that it gets. */
function received(type: ClientType) {
  const { summary, description } = type === 'ping' ? ping : operations[type];
  const may = type === 'ping' ? watch_game.may : operations[type].may;
  return {
    action: 'receive',
    channel: { $ref: '#/channels/game' },
    summary,
    description: `${description}\n\n${permissionText(may)}`,
    messages: [inChannel(type)],
    reply: { channel: { $ref: '#/channels/game' }, messages: [inChannel('reply')] },
    'x-may': may,
  };
}

const ping = {
  summary: 'Is anybody there',
  description: 'Answered by the member that holds the socket: it says nothing of the game.',
};

function sent() {
  const types = serverTypes.filter((type) => type !== 'reply');
  return Object.fromEntries(
    types.map((type) => [
      `send_${type}`,
      { action: 'send', channel: { $ref: '#/channels/game' }, summary: titles[type], messages: [inChannel(type)] },
    ]),
  );
}

function message(type: ClientType | ServerType, payload: unknown) {
  const list = examples[type].map((example) => ({ name: example.name ?? type, payload: example.payload }));
  return { name: type, title: titles[type], contentType: 'application/json', payload, examples: list };
}

const titles: Readonly<Record<ClientType | ServerType, string>> = {
  get_game: operations.get_game.summary,
  continue_game: operations.continue_game.summary,
  register_action: operations.register_action.summary,
  retract_action: operations.retract_action.summary,
  commit_round: operations.commit_round.summary,
  ping: ping.summary,
  reply: 'The answer to a frame',
  game: 'The game as it is now',
  events: 'What happened in the game',
  presence: 'Who follows the game',
  reconnect: 'Connect again, to any member',
};

interface Example {
  readonly name?: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const now = { serverTime: exampleTime };
const refused = problem('round_over', errorGuide.round_over.detail);

const examples: Readonly<Record<ClientType | ServerType, readonly Example[]>> = {
  get_game: [{ payload: { ref: 1, type: 'get_game', body: { consistency: 'strong' } } }],
  continue_game: [{ payload: { ref: 2, type: 'continue_game', idempotencyKey: 'k2', body: {} } }],
  register_action: [
    {
      payload: {
        ref: 3,
        type: 'register_action',
        idempotencyKey: 'k3',
        body: { type: anyAction, round: 1, playerId: bob },
      },
    },
  ],
  retract_action: [{ payload: { ref: 4, type: 'retract_action', idempotencyKey: 'k4', body: { actionId: 'a7' } } }],
  commit_round: [
    { payload: { ref: 5, type: 'commit_round', idempotencyKey: 'k5', body: { round: 1, playerId: bob } } },
  ],
  ping: [{ payload: { ref: 'p1', type: 'ping' } }],
  reply: [
    {
      name: 'ok',
      payload: { type: 'reply', ...now, ref: 3, ok: true, status: 200, body: { actionId: 'a7', version: 7, ...now } },
    },
    {
      name: 'refused',
      payload: { type: 'reply', ...now, ref: 5, ok: false, status: refused.status, problem: refused },
    },
  ],
  game: [{ payload: { type: 'game', ...now, version: 7, game: exampleAdminGame, view: 'admin' } }],
  events: [
    {
      payload: {
        type: 'events',
        ...now,
        events: [{ seq: 1, round: 1, at: '2030-01-31T11:59:00.000Z', type: 'game_started' }],
      },
    },
  ],
  presence: [
    {
      payload: {
        type: 'presence',
        ...now,
        players: { [bob]: { connected: true, since: '2030-01-31T11:58:00.000Z' } },
        spectators: 2,
      },
    },
  ],
  reconnect: [{ payload: { type: 'reconnect', ...now } }],
};
