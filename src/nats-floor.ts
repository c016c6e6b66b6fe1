/**
 * The oldest nats-server that keeps what the store port promises (docs/adr/0021-the-floor-for-nats.md).
 *
 * Role: the one place that both members, which refuse older ones, and the npm scripts, which run one, take it from.
 */
export const MINIMUM = '2.11.4';
