/**
 * `bundle <file>`: what somebody needs who was not there: everything that doctor, status and the metrics say, and the settings.
 *
 * Invariant: no game, no player and no secret is in it. Of settings only what their table shows is taken, and whatever is a secret here is cut out
 * of every text, wherever it came from.
 */
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { shownSettings } from '../../config-shown.ts';
import { type Context, type Environment, type Outcome, WronglyCalled } from '../command.ts';
import { doctor } from './doctor.ts';
import { status } from './status.ts';

const isSetting = /^MINOTAUR_/;
/** What an error or an address may repeat; shorter ones would cut words. */
const SHORTEST_SECRET = 4;

export async function bundle(context: Context): Promise<Outcome> {
  const [file, ...rest] = context.given;
  if (file === undefined || rest.length > 0) throw new WronglyCalled('bundle names a file');
  const { environment, server } = context;
  const saidBy = (command: typeof doctor) => command(context).then(({ value }) => value, String);
  const [seen, examined, metrics, live] = await Promise.all([
    saidBy(status),
    saidBy(doctor),
    server.text('/metrics').catch(String),
    server.ask('GET', '/livez').catch(String),
  ]);
  const settings = Object.entries(environment).filter(([name]) => isSetting.test(name));
  const all = {
    minotaurBundle: 1,
    at: new Date(context.wall()).toISOString(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    settings: shownSettings(Object.fromEntries(settings.map(asShown))),
    status: seen,
    doctor: examined,
    live,
    metrics,
  };
  const text = redacted(JSON.stringify(all, null, 1), secretsOf(environment));
  await writeFile(file, await promisify(gzip)(text));
  const read = `gunzip --to-stdout ${file}`;
  return {
    value: { file, bytes: text.length },
    text: `${file} is written. Look at it before you send it: ${read}`,
    isWell: true,
  };
}

/** Lists are told by their number. */
function asShown([name, value = '']: [string, string | undefined]): [string, string | readonly string[]] {
  return [name, value.includes(',') || name === 'MINOTAUR_NATS_URL' ? value.split(',') : value];
}

/** Tokens and secrets, and what stands before the @ in an address. */
export function secretsOf(environment: Environment): readonly string[] {
  const named = Object.entries(environment).filter(([name]) => /(?:TOKEN|TOKENS|SECRET|SECRETS|PASSWORD)$/.test(name));
  const logins = [...(environment.MINOTAUR_NATS_URL ?? '').matchAll(/(?:^|,|\/\/)([^/,@]+)@/g)].flatMap(
    ([, login = '']) => login.split(':').slice(-1),
  );
  const all = [...named.flatMap(([, value = '']) => value.split(',').map((one) => one.trim())), ...logins];
  return all.flatMap((secret) => [secret, decoded(secret)]).filter((secret) => secret.length >= SHORTEST_SECRET);
}

export function redacted(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets.toSorted((a, b) => b.length - a.length);
  return longestFirst.reduce((rest, secret) => rest.replaceAll(JSON.stringify(secret).slice(1, -1), '[cut out]'), text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
