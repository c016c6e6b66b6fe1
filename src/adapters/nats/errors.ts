/**
 * Why a member cannot work with the NATS that it found. Waiting would not help: an operator has to act.
 */

/** The server is too old to keep what it acknowledged. */
export class UnsupportedServer extends Error {
  override readonly name = 'UnsupportedServer';

  constructor(version: string, minimum: string, reason: string) {
    super(`nats-server ${version} is too old: ${minimum} or newer is needed; ${reason}`);
  }
}

/** The server takes too small messages for games. */
export class PayloadTooSmall extends Error {
  override readonly name = 'PayloadTooSmall';

  constructor(bytes: number, least: number) {
    super(`NATS takes messages of ${bytes} bytes at most (max_payload): ${least} are needed, ${1024 * 1024} are usual`);
  }
}

/** Whether a server must not be used as it is. */
export function isUnsuitable(error: unknown): boolean {
  return error instanceof UnsupportedServer || error instanceof PayloadTooSmall;
}

/** A bucket of that name is there, but made for something else. */
export class UnsuitableBucket extends Error {
  override readonly name = 'UnsuitableBucket';

  constructor(bucket: string, reason: string) {
    super(`the NATS bucket ${bucket} cannot be used: ${reason}`);
  }
}

/** JetStream refuses to make a bucket, and asking again would not change it. */
export class BucketRefused extends Error {
  override readonly name = 'BucketRefused';

  constructor(bucket: string, reason: string) {
    super(`NATS refuses to make the bucket ${bucket}: ${reason}`);
  }
}

/** The server took the connection, and ended it before it took us; it did not say why. */
export class EndedAtOnce extends Error {
  static readonly code = 'ENDED_AT_ONCE';
  override readonly name = 'EndedAtOnce';
  readonly code = EndedAtOnce.code;

  constructor() {
    super('it ended the connection at once');
  }
}
