/**
 * The settings in force, as the log of a start tells them.
 *
 * Invariant: no secret is shown: of lists of them how many there are, of the servers of NATS no user and no password, of the webhook no path.
 */

export type ShownSettings = Readonly<Record<string, string | number>>;

const secret = /_(?:TOKENS?|SECRETS?)$/;

/** Every setting that has a value, by name; lists joined by commas. */
export function shownSettings(settings: Readonly<Record<string, unknown>>): ShownSettings {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, shown(name, value)]));
}

function shown(name: string, value: unknown): string | number {
  const all = Array.isArray(value) ? value.map(String) : [String(value)];
  if (secret.test(name)) return `${all.length} given`;
  if (name === 'MINOTAUR_NATS_URL') return all.map((server) => server.replace(/^([a-z]+:\/\/)?.*@/, '$1')).join();
  // Whoever knows the path may know enough.
  if (name === 'MINOTAUR_WEBHOOK_URL') return new URL(all.join()).origin;
  return typeof value === 'number' ? value : all.join();
}
