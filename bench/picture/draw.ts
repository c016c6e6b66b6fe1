/**
 * The picture of a kill (docs/kill.svg), drawn from a recording.
 *
 * Role: a pure function; the same recording gives the same picture.
 * Why a cover that moves aside: one animation shows everything at its time, and without it the whole run is seen at once. That is what who
 * asked for less motion gets.
 * Invariants: no script, nothing from elsewhere; the picture brings its own background, so that it can be read on light and dark pages.
 */
import type { Command, Recording } from './recording.ts';

const width = 840;
const height = 330;
const left = 146;
const right = 800;
const top = 92;
const rowHeight = 56;
/** How many times slower than it was. */
const slower = 5;
/** How long the end is shown before it begins again. */
const restMs = 3_000;

export function draw(recording: Recording): string {
  const { commands, members, killed } = recording;
  const first = commands[0] as Command;
  const last = commands.at(-1) as Command;
  const from = first.sentAt;
  const until = last.answeredAt;
  const x = (at: number) => round(left + ((at - from) / (until - from)) * (right - left));
  const y = (member: string) => top + members.indexOf(member) * rowHeight;
  const takeover = firstAfter(recording);
  const shown = (until - from) * slower;
  const share = (at: number) => round((((at - from) * slower) / (shown + restMs)) * 100);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title about">
<title id="title">A member is killed while two people play</title>
<desc id="about">${summary(recording)}</desc>
<style>
${styles(shown + restMs, share(until), share(0), share(takeover.answeredAt))}
</style>
<rect class="card" width="${width}" height="${height}" rx="8"/>
<text class="big" x="24" y="36">kill -9 of the member that owns a game</text>
<text class="small" x="24" y="58">Every dot is a command of one of two players, answered and stored. ${slower} times slower than it was.</text>
<circle class="a" cx="664" cy="53" r="4.5"/><text class="small" x="674" y="58">Ada</text>
<circle class="g" cx="724" cy="53" r="4.5"/><text class="small" x="734" y="58">Grace</text>
${members.map((id) => row(id, y(id), id === killed, x(0))).join('\n')}
${commands.map((command) => dot(command, x, y)).join('\n')}
${wait(takeover, x, y)}
${axis(from, until, x)}
<rect class="cover" x="${left - 8}" y="${top - 30}" width="${width - left + 6}" height="${rowHeight * 3 + 28}"/>
<line class="now" x1="${left - 8}" x2="${left - 8}" y1="${top - 28}" y2="${top + rowHeight * 2 + 28}"/>
<g class="owner before">${crown(y(first.owner))}</g>
<g class="owner after">${crown(y(takeover.owner))}</g>
<text class="end big" x="24" y="${height - 18}">${ending(recording)}</text>
</svg>
`;
}

/** The first command that was answered after the kill. */
function firstAfter({ commands }: Recording): Command {
  const command = commands.find(({ answeredAt }) => answeredAt > 0);
  if (command === undefined) throw new Error('nothing was answered after the kill');
  return command;
}

/** For those who do not see the picture. */
export function summary(recording: Recording): string {
  const { killed, commands } = recording;
  const { owner, answeredAt } = firstAfter(recording);
  return (
    `Two players send ${commands.length} commands to a game that member ${killed} owns. ${killed} is killed. ` +
    `${answeredAt} ms later ${owner} owns the game and answers; play goes on. ${ending(recording)}`
  );
}

function ending({ commands, versions }: Recording): string {
  const lost = commands.length - (versions.after - versions.before);
  return `${commands.length} commands sent, ${commands.length} answered, ${lost === 0 ? 'none' : lost} lost.`;
}

function row(id: string, y: number, dies: boolean, diesAtX: number): string {
  const line = `<line class="row" x1="${left}" x2="${dies ? diesAtX : right}" y1="${y}" y2="${y}"/>`;
  const label = `<text class="member" x="48" y="${y + 6}">${id}</text>`;
  if (!dies) return `${line}${label}`;
  return `${line}<line class="gone" x1="${diesAtX}" x2="${right}" y1="${y}" y2="${y}"/>${label}
<g class="death"><path class="cross" d="M${diesAtX - 8} ${y - 8}l16 16m0-16l-16 16"/><text class="kill" x="${diesAtX + 14}" y="${y - 10}">kill -9</text></g>`;
}

function dot(
  { player, what, answeredAt, owner }: Command,
  x: (at: number) => number,
  y: (id: string) => number,
): string {
  const kind = player === 'Ada' ? 'a' : 'g';
  return `<circle class="${kind}${what === 'commit' ? ' commit' : ''}" cx="${x(answeredAt)}" cy="${y(owner)}" r="${what === 'commit' ? 6 : 4.5}"/>`;
}

/** From the kill to the first answer. */
function wait({ answeredAt, owner }: Command, x: (at: number) => number, y: (id: string) => number): string {
  const label = `<text class="wait" x="${x(answeredAt) + 10}" y="${y(owner) - 12}">${owner} answers, ${answeredAt} ms later</text>`;
  return `<line class="waiting" x1="${x(0)}" x2="${x(answeredAt)}" y1="${y(owner)}" y2="${y(owner)}"/>${label}`;
}

function axis(from: number, until: number, x: (at: number) => number): string {
  const y = top + rowHeight * 2 + 44;
  const ticks: string[] = [];
  for (let at = Math.ceil(from / 500) * 500; at <= until; at += 500) {
    const text = at === 0 ? 'kill' : `${at > 0 ? '+' : '−'}${Math.abs(at) / 1000} s`;
    ticks.push(`<text class="tick" x="${x(at)}" y="${y}">${text}</text>`);
  }
  return ticks.join('\n');
}

/** Says who owns the game. */
function crown(y: number): string {
  return `<rect class="mark" x="22" y="${y - 15}" width="104" height="30" rx="15"/><text class="game" x="114" y="${y + 5}">game</text>`;
}

function styles(loopMs: number, end: number, kill: number, takeover: number): string {
  const travel = width;
  const distance = right - left + 8;
  const loop = `${round(loopMs / 1000)}s linear infinite`;
  return `:root{--card:#fff;--text:#1f2328;--soft:#59636e;--line:#9aa4af;--a:#0969da;--g:#8250df;--bad:#cf222e;--good:#1a7f37}
@media (prefers-color-scheme:dark){:root{--card:#161b22;--text:#f0f6fc;--soft:#b1bac4;--line:#6e7681;--a:#58a6ff;--g:#d2a8ff;--bad:#ff7b72;--good:#56d364}}
text{font:15px ui-sans-serif,system-ui,sans-serif;fill:var(--text)}
.card{fill:var(--card);stroke:var(--line)}.cover{fill:var(--card)}.cover,.now,.before{visibility:hidden}
.big{font-size:18px;font-weight:600}.small,.tick{font-size:13px;fill:var(--soft)}.tick{text-anchor:middle}
.member{font-weight:600;text-anchor:middle}.game{font-size:13px;text-anchor:end}
.row{stroke:var(--line);stroke-width:2}.gone{stroke:var(--bad);stroke-width:2;stroke-dasharray:2 8}
.a{fill:var(--a)}.g{fill:var(--g)}.commit{stroke:var(--card);stroke-width:2}
.cross{stroke:var(--bad);stroke-width:4;fill:none}.kill{fill:var(--bad);font-weight:600}
.waiting{stroke:var(--good);stroke-width:4;stroke-dasharray:6 4}.wait{fill:var(--good);font-weight:600}
.mark{fill:none;stroke:var(--good);stroke-width:2}.now{stroke:var(--soft);stroke-width:1.5}.end{fill:var(--good)}
@media (prefers-reduced-motion:no-preference){
.cover,.now{visibility:visible}.cover{animation:cover ${loop}}.now{animation:now ${loop}}
.before{visibility:visible;animation:before ${loop}}.after{animation:after ${loop}}.end{animation:end ${loop}}
@keyframes cover{0%{transform:translateX(0)}${end}%{transform:translateX(${distance}px)}${round(end + 0.01)}%,100%{transform:translateX(${travel}px)}}
@keyframes now{0%{transform:translateX(0);opacity:1}${end}%{transform:translateX(${distance}px);opacity:1}${round(end + 0.01)}%,100%{transform:translateX(${distance}px);opacity:0}}
@keyframes before{0%,${kill}%{opacity:1}${round(kill + 0.01)}%,100%{opacity:0}}
@keyframes after{0%,${takeover}%{opacity:0}${round(takeover + 0.01)}%,100%{opacity:1}}
@keyframes end{0%,${end}%{opacity:0}${round(end + 0.01)}%,100%{opacity:1}}
}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
