/**
 * One call of the tool, from its arguments to its exit code.
 *
 * Invariants:
 *  - What was asked for goes to the standard output, all else to the other one: `--json` is always exactly JSON, or nothing.
 *  - Each kind of failure has an exit code of its own (command.ts).
 */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { serverFor } from './address.ts';
import { type Context, type Environment, exitCodes, WronglyCalled } from './command.ts';
import { type CommandRow, commands } from './commands.ts';
import { isForbidden, Refused, Unreachable, wordsOf } from './server.ts';

export interface Surroundings {
  readonly environment: Environment;
  write(text: string): void;
  writeError(text: string): void;
  wall(): number;
  pause(ms: number, ended?: AbortSignal): Promise<void>;
  readonly stopped: AbortSignal;
}

export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  const [name = 'help', ...rest] = argv;
  const row = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (row === undefined && ['help', '--help', '-h'].includes(name)) {
    around.write(guide());
    return exitCodes.done;
  }
  try {
    if (row === undefined && name.startsWith('-')) throw new WronglyCalled(`the command comes first, then ${name}`);
    if (row === undefined) throw new WronglyCalled(`there is no command "${name}"`);
    return await perform(name, row, rest, around);
  } catch (error) {
    const { code, text } = failure(error);
    around.writeError(`minotaur: ${text}\n`);
    if (code === exitCodes.usage) around.writeError(row === undefined ? `\n${guide()}` : usageOf(name, row));
    return code;
  }
}

async function perform(name: string, row: CommandRow, argv: string[], around: Surroundings): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: optionsOf(row) });
  const flags = values as Context['flags'];
  if (flags.help === true) {
    around.write(usageOf(name, row));
    return exitCodes.done;
  }
  const [unasked] = row.usage.startsWith('<') ? [] : positionals;
  if (unasked !== undefined) throw new WronglyCalled(`${name} takes options alone, not "${unasked}"`);
  const url = typeof flags.url === 'string' ? flags.url : undefined;
  const asJson = flags.json === true;
  const context: Context = {
    ...around,
    given: positionals,
    flags,
    asJson,
    server: serverFor(url, around.environment),
    print: (line) => around.write(`${line}\n`),
    say: (line) => around.writeError(`${line}\n`),
  };
  const command = await row.load();
  const { value, text, isWell, exitCode = exitCodes.wrong } = await command(context);
  if (asJson) around.write(`${JSON.stringify(value, null, 2)}\n`);
  else if (text !== '') around.write(`${text}\n`);
  return isWell ? exitCodes.done : exitCode;
}

function optionsOf({ values = [], switches = [] }: CommandRow): ParseArgsOptionsConfig {
  const all: ParseArgsOptionsConfig = {
    help: { type: 'boolean', short: 'h' },
    json: { type: 'boolean' },
    url: { type: 'string' },
  };
  for (const name of values) all[name] = { type: 'string' };
  for (const name of switches) all[name] = { type: 'boolean' };
  return all;
}

function failure(error: unknown): { readonly code: number; readonly text: string } {
  const { message, code, name } = error as Error & { code?: unknown };
  // Of the adapter for NATS, which is not loaded unless it is needed.
  const isAway = error instanceof Unreachable || name === 'NoAnswer';
  if (isAway) return { code: exitCodes.unavailable, text: message };
  if (error instanceof Refused) return { code: codeOf(error), text: wordsOf(error) };
  if (error instanceof WronglyCalled) return { code: exitCodes.usage, text: message };
  if (String(code).startsWith('ERR_PARSE_ARGS')) return { code: exitCodes.usage, text: misread(message) };
  if (name === 'ConfigError') return { code: exitCodes.settings, text: message };
  return { code: exitCodes.wrong, text: error instanceof Error ? message : String(error) };
}

/** What Node.js has to say of options, without its advice, which is for other tools. */
function misread(message: string): string {
  const [first = message] = message.split(/\.\s/);
  const [, option] = /^Option '(--[\w-]+)[^']*' argument is ambiguous/.exec(first) ?? [];
  return option === undefined ? first : `${option} takes a value that does not begin with a dash`;
}

function codeOf(error: Refused): number {
  if (isForbidden(error)) return exitCodes.noPermission;
  return error.status === 503 || error.status === 429 ? exitCodes.unavailable : exitCodes.wrong;
}

function guide(): string {
  const rows = Object.entries(commands).map(([name, { usage, summary }]) => [`${name} ${usage}`.trim(), summary]);
  const width = Math.max(...rows.map(([call = '']) => call.length));
  const list = rows.map(([call = '', summary]) => `  ${call.padEnd(width)}  ${summary}`).join('\n');
  return `minotaur <command> [options]

${list}

${common}`;
}

function usageOf(name: string, { usage, summary }: CommandRow): string {
  return `minotaur ${`${name} ${usage}`.trim()}\n\n${summary}\n\n${common}`;
}

const common = `  --url <address>  the member to ask, or the balancer (else MINOTAUR_URL, else the member of this machine)
  --json           the answer as JSON
  --help           this text

The token of an administrator is taken from MINOTAUR_ADMIN_TOKEN (or MINOTAUR_ADMIN_TOKENS).
Exit code: 0 if all is well, 1 if something is wrong, 64 if it was called wrongly, 69 if nobody answers, 77 if the token
does not allow it, 78 for wrong settings.
`;
