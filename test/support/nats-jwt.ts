/**
 * NATS' decentralised authentication in small: an operator, one account with JetStream, and users with credentials files.
 *
 * Role: what `nsc` makes on an operator's machine, made at test time. A JWT here is signed with an nkey (Ed25519).
 */
import { writeFileSync } from 'node:fs';
import { nkeys } from 'nats';

type KeyPair = ReturnType<typeof nkeys.createUser>;

const unlimited = { subs: -1, data: -1, payload: -1 };
const accountLimits = {
  ...unlimited,
  conn: -1,
  leaf: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  mem_storage: -1,
  disk_storage: -1,
  streams: -1,
  consumer: -1,
};

export class NatsOperator {
  readonly #operator = nkeys.createOperator();
  readonly #system = nkeys.createAccount();
  readonly #account = nkeys.createAccount();

  /** The server's configuration; a resolver in memory. */
  config(): string {
    const { disk_storage: _, mem_storage: __, ...withoutJetStream } = accountLimits;
    const account = (keys: KeyPair, limits: object) =>
      `${keys.getPublicKey()}: ${sign(this.#operator, keys, { type: 'account', limits })}\n`;
    return [
      `operator: ${sign(this.#operator, this.#operator, { type: 'operator' })}`,
      `system_account: ${this.#system.getPublicKey()}`,
      'resolver: MEMORY',
      `resolver_preload {\n${account(this.#system, withoutJetStream)}${account(this.#account, accountLimits)}}\n`,
    ].join('\n');
  }

  /** Writes the credentials of a new user of the account. They end at `endsAt` (ms), rounded up to a second. */
  writeCredentials(path: string, endsAt?: number): void {
    const user = nkeys.createUser();
    const jwt = sign(this.#account, user, { type: 'user', ...unlimited }, endsAt);
    const block = (name: string, content: string) => `-----BEGIN ${name}-----\n${content}\n------END ${name}------\n`;
    const seed = new TextDecoder().decode(user.getSeed());
    writeFileSync(path, `${block('NATS USER JWT', jwt)}\n${block('USER NKEY SEED', seed)}`);
  }
}

function sign(issuer: KeyPair, subject: KeyPair, claims: object, endsAt?: number): string {
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');
  const signed = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part({
    jti: subject.getPublicKey(),
    iat: Math.floor(Date.now() / 1_000),
    ...(endsAt !== undefined && { exp: Math.ceil(endsAt / 1_000) }),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: 'test',
    nats: { version: 2, ...claims },
  })}`;
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString('base64url')}`;
}
