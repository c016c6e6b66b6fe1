/**
 * Shapes of what a member tells of the cluster.
 */
import { z } from 'zod';
import { memberId, memberOrNull } from './schemas.ts';

export const member = z
  .object({
    id: memberId,
    incarnation: z.string().meta({ description: 'Unique per start of the process.' }),
    status: z.enum(['active', 'leaving']),
    slots: z.int().min(0),
    sessions: z.int().min(0).nullable().meta({ description: 'Null if the member did not answer in time.' }),
    version: z.string().meta({ description: 'Of the application.' }),
    stuck: z
      .array(
        z.object({
          kind: z.string().meta({ description: 'As in `minotaur_stuck`.' }),
          count: z.int().min(1),
          oldest: z
            .array(z.object({ what: z.string(), forMs: z.int().min(0) }))
            .meta({ description: 'Some of them, the oldest first; for administrators, else empty.' }),
        }),
      )
      .optional()
      .meta({ description: 'What makes no progress there. Absent: nothing, or it did not answer.' }),
    incidents: z
      .record(z.string(), z.int().min(1))
      .optional()
      .meta({ description: 'By kind, as in `minotaur_incidents_total`: how often it survived what.' }),
    webhook: z
      .object({
        waiting: z.int().min(0).meta({ description: 'Games of which something is still to be told.' }),
        oldestMs: z.number().min(0).meta({ description: 'For how long the oldest event has waited.' }),
        givenUp: z.int().min(0).meta({ description: 'Events that were never told.' }),
        deliveredMsAgo: z.number().min(0).nullable().meta({ description: 'Null: nothing was taken yet.' }),
        failure: z
          .object({
            outcome: z.string().meta({ description: 'As in `minotaur_webhook_attempts_total`.' }),
            status: z.int().optional().meta({ description: 'Of its answer.' }),
            msAgo: z.number().min(0),
            ofOneGame: z
              .boolean()
              .optional()
              .meta({ description: 'The receiver answered, and refused only what it was told of that game.' }),
          })
          .nullable()
          .meta({ description: 'The last one.' }),
      })
      .optional()
      .meta({ description: 'How the receiver of webhooks does. Absent: none is set up there.' }),
    speaks: z
      .object({ stateVersion: z.int().min(1), protocol: z.int().min(1) })
      .optional()
      .meta({ description: 'The newest state version and protocol that it reads.' }),
    module: z
      .object({
        name: z.string(),
        version: z.int().min(1),
        hash: z
          .string()
          .optional()
          .meta({ description: 'Of its code: every fix of a bug changes it. Absent if the member does not say.' }),
      })
      .nullable()
      .optional()
      .meta({ description: 'The game that it plays; null if the version of the application does not say.' }),
  })
  .meta({ id: 'Member' });

const spoken = z
  .object({
    stateVersion: z.int().min(1).meta({ description: 'Of stored games.' }),
    protocol: z.int().min(1).meta({ description: 'Of what members say to each other.' }),
    module: z.int().min(1).meta({ description: 'Of the game that is played.' }),
  })
  .meta({ id: 'SpokenVersions' });

export const versions = z.object({ minimum: spoken, written: spoken }).meta({
  id: 'ClusterVersions',
  description: '`written`: what members store. `minimum`: whoever speaks less is not let in.',
});

export const nats = z
  .object({
    renewedMsAgo: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: 'When the newest renewal that NATS acknowledged was sent; null: there was none yet.' }),
    buckets: z.record(z.string(), z.boolean()).meta({ description: 'By name, whether it can be used.' }),
  })
  .meta({ id: 'NatsHealth', description: 'How NATS is, as far as the member knows that answers.' });

export const slotMap = z
  .object({
    owners: z.array(memberOrNull('Null: nobody owns it just now.')),
    desiredOwners: z.array(memberOrNull('Who should own it, by the ring.')),
    epochs: z.array(z.int().min(0)).meta({ description: 'One more at every change of owner.' }),
    acquired: z.array(z.string().nullable()).meta({
      description: 'How the newest owner came by it: `initial`, `takeover`, `handoff`, `retake`.',
    }),
  })
  .meta({ id: 'SlotMap', description: 'Each list has one entry a slot. Null before the member has joined.' });
