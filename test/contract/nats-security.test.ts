/**
 * Credentials and TLS against real servers: every supported way works; whatever is wrong is named, and got over once it is
 * put right, without a restart of the member: before it was ever connected, and while it runs.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connectNats, type NatsBackend } from '../../src/adapters/nats/connection.ts';
import { memberPermissions } from '../../src/adapters/nats/permissions.ts';
import type { ConnectionSettings } from '../../src/adapters/nats/settings.ts';
import { type NatsProcess, startNats } from '../../src/dev/nats-process.ts';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { Authority } from '../support/certificates.ts';
import { NatsOperator } from '../support/nats-jwt.ts';
import { natsAccount, natsAccounts } from '../support/nats-users.ts';
import { waitFor } from '../support/wait.ts';
import { natsOptions } from './nats-backend.ts';
import { land } from './store-steps.ts';

type Login = Partial<Pick<ConnectionSettings, 'credentialsFile' | 'tls'>> & { readonly host?: string };

/** One server with its files, and what a member that connects to it says. */
class Place {
  readonly folder: string;
  readonly reasons: string[] = [];
  readonly lines: string[] = [];
  readonly #binary: string;
  readonly #backends: NatsBackend[] = [];
  readonly #givingUp = new AbortController();
  #server: NatsProcess | null = null;

  constructor(binary: string, folder: string) {
    this.#binary = binary;
    this.folder = folder;
    mkdirSync(folder);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  get server(): NatsProcess {
    return this.#server ?? assert.fail('not started');
  }

  /** Starts the server with this configuration; later, has it read the new one. */
  async serve(config: string): Promise<void> {
    if (this.#server !== null) this.#server.configure(config);
    else this.#server = await startNats({ binary: this.#binary, storeDir: this.path('store'), config });
  }

  connect(login: Login = {}): Promise<NatsBackend> {
    const { host = 'nats://127.0.0.1', ...files } = login;
    const say = (details: { reason?: string }, text: string) => {
      this.lines.push(`${text} ${JSON.stringify(details)}`);
      if (details.reason !== undefined) this.reasons.push(details.reason);
    };
    const log = { info: say, warn: say, error: say };
    const options = { ...natsOptions([`${host}:${this.server.port}`], 1), ...files, log };
    const connecting = connectNats(options, this.#givingUp.signal);
    connecting.then(
      (backend) => this.#backends.push(backend),
      () => {},
    );
    return connecting;
  }

  /** What is wrong is said, whatever else may be. */
  said(words: RegExp): Promise<string> {
    return waitFor(`it says ${words}`, () => this.reasons.find((reason) => words.test(reason)));
  }

  async close(): Promise<void> {
    this.#givingUp.abort(new Error('seen enough'));
    await Promise.all(this.#backends.map((backend) => backend.close()));
    await this.#server?.kill();
  }
}

const authority = new Authority('the authority');
const stranger = new Authority('somebody else');
const userPassword = (password: string): string =>
  `authorization { user: joe, password: ${JSON.stringify(password)} }\n`;

/** A server that shows this certificate, and asks members for theirs if it is to `verify`. */
function tlsConfig(place: Place, verify: boolean): string {
  const [cert, key, ca] = ['server.crt', 'server.key', 'ca.crt'].map((name) => JSON.stringify(place.path(name)));
  return `tls { cert_file: ${cert}, key_file: ${key}, ca_file: ${ca}, verify: ${verify} }\n`;
}

/** Good files, for the server and for a member. */
function layFiles(place: Place, names: readonly string[] = ['127.0.0.1']): Required<ConnectionSettings>['tls'] {
  authority.writeTo(place.path('ca.crt'));
  authority.issue(place.folder, 'server', { names });
  authority.issue(place.folder, 'member');
  const [caFile, certFile, keyFile] = ['ca.crt', 'member.crt', 'member.key'].map((name) => place.path(name));
  return { caFile: caFile ?? '', certFile: certFile ?? '', keyFile: keyFile ?? '' };
}

async function works({ store }: NatsBackend): Promise<void> {
  await land(store.bucket('slots'), `k.${Math.random().toString(36).slice(2)}`, 0);
}

describe('NATS with credentials and TLS', { concurrency: 4 }, () => {
  let dir: string;
  let binary: string;
  const places: Place[] = [];
  const newPlace = (): Place => {
    const place = new Place(binary, join(dir, String(places.length)));
    places.push(place);
    return place;
  };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'minotaur-security-'));
    binary = (await locateNatsServer()).path;
  });
  after(async () => {
    await Promise.all(places.map((place) => place.close()));
    await rm(dir, { recursive: true, force: true });
  });

  it('a user and password, and a token, from the address', async () => {
    const place = newPlace();
    await place.serve(userPassword('p@ss/word#1'));
    await works(await place.connect({ host: 'nats://joe:p%40ss%2Fword%231@127.0.0.1' }));
    const other = newPlace();
    await other.serve('authorization { token: "t0ken" }\n');
    await works(await other.connect({ host: 'nats://t0ken@127.0.0.1' }));
  });

  it('a wrong password is said, without the password, and tried again', async () => {
    const place = newPlace();
    await place.serve(userPassword('another'));
    const connecting = place.connect({ host: 'nats://joe:s3cr%65t@127.0.0.1' });
    await place.said(/refuses the credentials: .*MINOTAUR_NATS_URL/);
    await place.serve(userPassword('s3cret'));
    await works(await connecting);
    // Somebody changes it while the member runs.
    const { store } = await connecting;
    place.reasons.length = 0;
    await place.serve(userPassword('another'));
    await waitFor('it is cut off', () => !store.connected);
    await place.said(/refuses the credentials/);
    await place.serve(userPassword('s3cret'));
    await waitFor('it is back', () => store.connected);
    await works(await connecting);
    assert.doesNotMatch(place.lines.join('\n'), /s3cr/);
  });

  it('a credentials file; the end of the credentials is said, and new ones in the file are taken', async () => {
    const place = newPlace();
    const operator = new NatsOperator();
    const credentialsFile = place.path('member.creds');
    await place.serve(operator.config());
    operator.writeCredentials(credentialsFile, Date.now() + 2_000);
    const connecting = place.connect({ credentialsFile });
    await place.said(/credentials in MINOTAUR_NATS_CREDS ended at 20.*: renew them/);
    assert.doesNotMatch(place.lines.join('\n'), /went silent/);
    writeFileSync(credentialsFile, 'half a fi');
    operator.writeCredentials(credentialsFile);
    const { store } = await connecting;
    await waitFor('it is back', () => store.connected);
    await works(await connecting);
  });

  it('credentials of another operator are refused, and it says so', async () => {
    const place = newPlace();
    const credentialsFile = place.path('member.creds');
    new NatsOperator().writeCredentials(credentialsFile);
    const operator = new NatsOperator();
    await place.serve(operator.config());
    const connecting = place.connect({ credentialsFile });
    await place.said(/refuses the credentials: .*MINOTAUR_NATS_CREDS/);
    operator.writeCredentials(credentialsFile);
    await works(await connecting);
  });

  it('TLS: the server is known by its name or by its IP address, and a member by its certificate', async () => {
    const place = newPlace();
    const tls = layFiles(place, ['localhost', '127.0.0.1']);
    await place.serve(tlsConfig(place, true));
    await works(await place.connect({ tls, host: 'tls://localhost' }));
    await works(await place.connect({ tls }));
  });

  it('TLS beside a user and password', async () => {
    const place = newPlace();
    const { caFile = '' } = layFiles(place) ?? {};
    await place.serve(tlsConfig(place, false) + userPassword('s3cret'));
    await works(await place.connect({ tls: { caFile }, host: 'nats://joe:s3cret@127.0.0.1' }));
  });

  /** What is wrong at first, how it is put right, and what is said meanwhile. */
  const obstacles: Readonly<Record<string, { spoil: (place: Place) => void; says: RegExp }>> = {
    'an expired certificate of the server': {
      spoil: (place) => authority.issue(place.folder, 'server', { names: ['127.0.0.1'], expired: true }),
      says: /^the server's certificate has ended: renew it/,
    },
    'a certificate of the server for another name': {
      // One that is for "localhost" is for another name than the address: the client library would take it.
      spoil: (place) => authority.issue(place.folder, 'server', { names: ['localhost', '127.0.0.2'] }),
      says: /^the server's certificate is not for the name in MINOTAUR_NATS_URL/,
    },
    'a server that somebody else vouches for': {
      spoil: (place) => stranger.issue(place.folder, 'server', { names: ['127.0.0.1'] }),
      says: /signed by nobody in MINOTAUR_NATS_CA/,
    },
    'an expired certificate of the member': {
      spoil: (place) => authority.issue(place.folder, 'member', { expired: true }),
      says: /^the certificate in MINOTAUR_NATS_CERT ended at 20.*: renew it/,
    },
    'a member that somebody else vouches for': {
      spoil: (place) => stranger.issue(place.folder, 'member'),
      says: /^NATS refuses the certificate of this member/,
    },
    'files of the member that do not go together': {
      spoil: (place) => copyFileSync(authority.issue(place.folder, 'other').key, place.path('member.key')),
      says: /^the TLS files cannot be used/,
    },
  };
  for (const [name, { spoil, says }] of Object.entries(obstacles)) {
    it(`${name} is said, and got over once it is replaced`, async () => {
      const place = newPlace();
      const tls = layFiles(place);
      spoil(place);
      await place.serve(tlsConfig(place, true));
      const connecting = place.connect({ tls });
      await place.said(says);
      layFiles(place);
      await place.serve(tlsConfig(place, true));
      await works(await connecting);
    });
  }

  it('a member without a certificate where NATS wants one, and TLS where NATS has none, are said', async () => {
    const place = newPlace();
    const { caFile = '' } = layFiles(place) ?? {};
    await place.serve(tlsConfig(place, true));
    const connecting = place.connect({ tls: { caFile } });
    await place.said(/MINOTAUR_NATS_CERT/);
    await place.serve(tlsConfig(place, false));
    await works(await connecting);
    const plain = newPlace();
    await plain.serve('');
    plain.connect({ tls: { caFile } }).catch(() => {});
    await plain.said(/^the server does not speak TLS/);
  });

  it('certificates that are renewed while it runs are taken at the next reconnect, the authority included', async () => {
    const place = newPlace();
    const tls = layFiles(place);
    await place.serve(tlsConfig(place, true));
    const backend = await place.connect({ tls });
    const next = new Authority('the next authority');
    // The server first: the member's files are still those of before.
    authority.writeTo(place.path('ca.crt'));
    const [old, renewed] = [place.path('ca.crt'), place.path('next.crt')];
    next.writeTo(renewed);
    next.issue(place.folder, 'server', { names: ['127.0.0.1'] });
    const config = tlsConfig(place, true).replace(JSON.stringify(old), JSON.stringify(renewed));
    await place.serve(config);
    await place.server.restart('SIGKILL');
    await place.said(/signed by nobody in MINOTAUR_NATS_CA/);
    next.writeTo(old);
    next.issue(place.folder, 'member');
    await waitFor('it is back', () => backend.store.connected);
    await works(backend);
  });

  it('a permission that is granted while it waits is enough', async () => {
    const place = newPlace();
    const all = memberPermissions('test', true);
    const config = (subscribe: readonly string[]) =>
      natsAccounts(natsAccount('M', [{ user: 'joe', password: 'pw', permissions: { ...all, subscribe } }]));
    await place.serve(config(all.subscribe.filter((subject) => subject !== 'test.inbox.>')));
    const connecting = place.connect({ host: 'nats://joe:pw@127.0.0.1' });
    await waitFor('it is said', () =>
      place.lines.find((line) => /does not allow.*"grant":"test\.inbox\.>"/.test(line)),
    );
    await place.serve(config(all.subscribe));
    await works(await connecting);
  });
});
