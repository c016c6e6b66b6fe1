/**
 * The table, part four: the cluster, health, and the documents.
 */
import { z } from 'zod';
import { withBody, withToken } from './answers.ts';
import { operation } from './operation.ts';
import { memberId, none, ofMember } from './schemas.ts';
import { member, nats, slotMap, versions } from './schemas-cluster.ts';

const bare = { params: none, query: none, body: null, frame: null, idempotent: false } as const;
const request = { params: {}, query: {} };
const cluster = { ...bare, tag: 'cluster', opsOnly: true } as const;
const health = { ...bare, tag: 'health', method: 'GET', may: ['anyone'], opsOnly: false, example: request } as const;
const documents = { ...health, tag: 'documents', errors: ['internal'] } as const;
const aPage = {
  description: 'A page.',
  schema: null,
  contentType: 'text/html; charset=utf-8',
  example: '<!doctype html>',
} as const;
/** For whoever names its `ETag`. */
const unchanged = { description: 'It is what the asker has.', schema: null, example: null } as const;
const page = {
  ...documents,
  answers: { 200: aPage, 304: unchanged },
  // Where no page was built.
  errors: ['not_found', 'internal'],
} as const;

const ready = z.object({ ready: z.literal(true), reasons: z.array(z.string()).optional() }).meta({ id: 'Ready' });
const cordon = z.object({ memberId, draining: z.boolean() }).meta({ id: 'Cordon' });
const cordonErrors = [
  'bad_request',
  ...withToken,
  ...withBody,
  'not_found',
  'member_not_found',
  'cluster_unavailable',
] as const;

export const clusterOperations = {
  get_cluster: operation({
    ...cluster,
    id: 'get_cluster',
    method: 'GET',
    path: '/v1/cluster',
    summary: 'What the cluster looks like',
    description: 'As the member sees it that answers.',
    may: ['anyone'],
    query: z.object({
      include: z
        .literal('slots', { error: 'must be slots' })
        .optional()
        .meta({ description: 'Also `slotMap`: who owns which slot.' }),
    }),
    answers: {
      200: {
        description: 'The members and their shares.',
        schema: z
          .object({
            self: memberId.meta({ description: 'Who answers.' }),
            revision: z.int().min(0).meta({ description: 'Of the newest change of membership that it has seen.' }),
            members: z.array(member),
            slots: z.int().min(1),
            unowned: z.int().min(0).meta({ description: 'Slots without an owner.' }),
            nats,
            versions: versions
              .nullable()
              .optional()
              .meta({ description: 'Null before the member that answers has seen it.' }),
            slotMap: slotMap.nullable().optional(),
          })
          .meta({ id: 'Cluster' }),
        example: {
          self: 'm1',
          revision: 12,
          members: [
            {
              id: 'm1',
              incarnation: 'k3f9',
              status: 'active',
              slots: 256,
              sessions: 40,
              version: '0.3.0',
              speaks: { stateVersion: 3, protocol: 1 },
              module: { name: 'minotaur', version: 1, hash: '6f1c0b7de2a94d35' },
            },
          ],
          slots: 256,
          unowned: 0,
          nats: { renewedMsAgo: 40, buckets: { members: true, slots: true, sessions: true, archive: true } },
          versions: {
            minimum: { stateVersion: 3, protocol: 1, module: 1 },
            written: { stateVersion: 3, protocol: 1, module: 1 },
          },
        },
      },
    },
    errors: ['bad_request', 'unauthorized', 'not_found', 'too_many_requests', 'internal', 'cluster_unavailable'],
    example: request,
  }),

  drain_member: operation({
    ...cluster,
    id: 'drain_member',
    method: 'POST',
    path: '/v1/cluster/members/{id}/drain',
    summary: 'Cordon a member',
    description:
      'It hands over what it owns and takes nothing more, but still answers; until it is stopped or taken back.',
    may: ['admin'],
    params: ofMember,
    answers: {
      202: {
        description: 'Accepted; handing over takes its time.',
        schema: cordon,
        example: { memberId: 'm1', draining: true },
      },
    },
    errors: cordonErrors,
    example: { params: { id: 'm1' }, query: {} },
  }),

  undrain_member: operation({
    ...cluster,
    id: 'undrain_member',
    method: 'DELETE',
    path: '/v1/cluster/members/{id}/drain',
    summary: 'Take a cordoned member back',
    description: 'It gets its share again.',
    may: ['admin'],
    params: ofMember,
    answers: { 200: { description: 'Taken back.', schema: cordon, example: { memberId: 'm1', draining: false } } },
    errors: cordonErrors,
    example: { params: { id: 'm1' }, query: {} },
  }),

  livez: operation({
    ...health,
    id: 'livez',
    path: '/livez',
    summary: 'Is the process alive',
    description:
      'Of this process alone: it looks at nothing else. The header `x-minotaur-incarnation` names the start of the process.',
    answers: {
      200: { description: 'Alive.', schema: z.object({ alive: z.literal(true) }), example: { alive: true } },
    },
    errors: ['internal'],
  }),

  readyz: operation({
    ...health,
    id: 'readyz',
    path: '/readyz',
    summary: 'May a balancer send requests here',
    description:
      'Ready once the member has joined and holds its share; no longer once it leaves, or is cut off from NATS and others are not. While all are cut off it stays ready for half a minute, and says so in `reasons`.',
    answers: {
      200: { description: 'Ready.', schema: ready, example: { ready: true } },
      503: {
        description: 'Not ready, and why.',
        schema: z.object({ ready: z.literal(false), reasons: z.array(z.string()) }).meta({ id: 'NotReady' }),
        example: { ready: false, reasons: ['draining'] },
      },
    },
    errors: ['internal'],
  }),

  metrics: operation({
    ...health,
    id: 'metrics',
    path: '/metrics',
    summary: 'Measurements for Prometheus',
    description: "This member's own.",
    opsOnly: true,
    answers: {
      200: {
        description: 'The text format of Prometheus.',
        schema: null,
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
        example: '# HELP minotaur_ready 1 if this member is ready\n# TYPE minotaur_ready gauge\nminotaur_ready 1\n',
      },
    },
    errors: ['not_found', 'internal'],
  }),

  home: operation({
    ...documents,
    id: 'home',
    path: '/',
    summary: 'What this is',
    description:
      'For browsers the page of games, or where it was not built a few words that lead to `/docs`; those as text for everybody else. It says nothing of the health of the member.',
    answers: {
      200: {
        description: 'The page, or a few words.',
        schema: null,
        contentType: 'text/plain; charset=utf-8',
        otherwise: 'text/html; charset=utf-8',
        example: 'Minotaur serves games here.\nThe API: /docs\n',
      },
      304: unchanged,
    },
  }),

  play: operation({
    ...page,
    id: 'play',
    path: '/play',
    summary: 'A table for whatever is played here',
    description: 'A page: lobby, turns, the view and forms for the actions, of any game.',
  }),

  cluster: operation({
    ...page,
    id: 'cluster',
    path: '/cluster',
    opsOnly: true,
    summary: 'The cluster, to look at',
    description: 'A page: the members and what they hold, as it changes.',
  }),

  docs: operation({
    ...documents,
    id: 'docs',
    path: '/docs',
    summary: 'Both documents, to be read and tried out',
    description: 'A page: the addresses by Swagger UI, and the frames of the WebSocket (`/docs#socket`).',
    answers: { 200: aPage },
  }),

  openapi: operation({
    ...documents,
    id: 'openapi',
    path: '/docs/openapi.json',
    summary: 'This document',
    description: 'OpenAPI 3.1: every address, what it takes, what it answers.',
    answers: {
      200: {
        description: 'The document.',
        schema: z.looseObject({ openapi: z.string() }),
        example: { openapi: '3.1.1' },
      },
      304: unchanged,
    },
  }),

  asyncapi: operation({
    ...documents,
    id: 'asyncapi',
    path: '/docs/asyncapi.json',
    summary: 'The document of the WebSocket',
    description: 'AsyncAPI 3.0: every frame.',
    answers: {
      200: {
        description: 'The document.',
        schema: z.looseObject({ asyncapi: z.string() }),
        example: { asyncapi: '3.0.0' },
      },
      304: unchanged,
    },
  }),
} as const;
