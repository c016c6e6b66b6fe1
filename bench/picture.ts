/**
 * `npm run picture`: records a real kill (docs/kill.json) and draws it (docs/kill.svg).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { draw, summary } from './picture/draw.ts';
import { record } from './picture/record.ts';
import { type Recording, recordingSchema } from './picture/recording.ts';
import { end } from './support/end.ts';

const usage = `npm run picture [-- --draw]

Runs three members and a NATS server, plays a game, kills the member that owns it, and draws what happened.

  --draw  only draw the recording that is there anew
  --help  this text
`;

const recordingFile = new URL('../docs/kill.json', import.meta.url);
const pictureFile = new URL('../docs/kill.svg', import.meta.url);

const { values } = parseArgs({ options: { draw: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
if (values.help) {
  process.stdout.write(usage);
} else {
  if (!values.draw) writeFileSync(recordingFile, textOf(await recorded()));
  const recording = recordingSchema.parse(JSON.parse(readFileSync(recordingFile, 'utf8')));
  writeFileSync(pictureFile, draw(recording));
  process.stdout.write(`${summary(recording)}\ndocs/kill.svg is drawn.\n`);
}

async function recorded(): Promise<Recording> {
  const resources = new AsyncDisposableStack();
  try {
    return recordingSchema.parse(await record(resources));
  } finally {
    await end(resources);
  }
}

/** One line a command. */
function textOf({ commands, ...rest }: Recording): string {
  const lines = commands.map((command) => `    ${JSON.stringify(command)}`).join(',\n');
  return `${JSON.stringify(rest, null, 2).slice(0, -2)},\n  "commands": [\n${lines}\n  ]\n}\n`;
}
