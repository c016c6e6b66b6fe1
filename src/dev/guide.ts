/**
 * What `npm start` tells: where everything is, a first game by curl, the keys.
 */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { ClusterReport, MemberReport } from '../member/contract/gateway.ts';
import type { LocalMember, Phase } from './local-member.ts';

export interface Places {
  readonly url: string;
  readonly natsUrl: string;
  readonly natsVersion: string;
  readonly adminToken: string;
  readonly folder: string;
  readonly game: string;
  readonly namespace: string;
}

const phaseStyle = {
  starting: 'yellow',
  ready: 'green',
  paused: 'yellow',
  draining: 'yellow',
  drained: 'dim',
  dead: 'red',
} as const;

const stateWidth = 38;

/** Where everything is. `clusterPage`: the link to the page with the buttons; null: there is none. */
export function placesText(places: Places, clusterPage: string | null): readonly string[] {
  const { url, natsUrl, natsVersion, adminToken, folder, game, namespace } = places;
  return [
    '',
    `${styleText('bold', 'Minotaur')}     ${url}  (a port that all members share)`,
    ...(clusterPage === null ? [] : [`cluster      ${clusterPage}  (see it; kill, pause, add, roll)`]),
    `interface    ${url}/docs`,
    `game         ${game}  (its games are kept apart, as MINOTAUR_NAMESPACE ${namespace})`,
    `admin token  ${adminToken}`,
    `NATS         ${natsUrl}  (nats-server ${natsVersion})`,
    `kept in      ${folder}  (games, logs/<member>.log, admin token)`,
  ];
}

/** A first game: every line can be pasted into another terminal as it is. `action`: one of the game that is played. */
export function firstGameText({ url, adminToken }: Places, action: object, keys: boolean): readonly string[] {
  const game = `${url}/v1/games/demo`;
  const post = `-X POST -H 'Authorization: Bearer ${adminToken}' -H 'Content-Type: application/json'`;
  return [
    '',
    styleText('bold', 'A first game: paste these lines into another terminal'),
    styleText('dim', '# start a game whose rounds last an hour'),
    `curl -s ${post} ${game}/continue -d '{"game":{"id":"demo","settings":{"roundSeconds":3600}}}'; echo`,
    styleText('dim', '# register an action; the answer comes when it is stored'),
    `curl -s ${post} ${game}/actions -d '${quoted({ playerId: 'ada', ...action })}'; echo`,
    styleText('dim', '# read it, from any member; see x-minotaur-owner and x-minotaur-member'),
    `curl -s -i -H 'Authorization: Bearer ${adminToken}' ${game}; echo`,
    styleText('dim', '# who owns it'),
    `curl -s ${game}/location; echo`,
    styleText(
      'dim',
      keys
        ? '# now kill that owner (key k, then its digit) and read it again: nothing is lost'
        : '# now kill -9 that owner (its process id is below) and read it again: nothing is lost',
    ),
    '',
  ];
}

/** As it stands between single quotes of a shell. */
function quoted(value: object): string {
  return JSON.stringify(value).replaceAll("'", "'\\''");
}

export const keysText: readonly string[] = [
  'k 2   kill -9 member 2: a crash',
  'p 2   pause member 2 (SIGSTOP), or resume it: a machine that stands still',
  'd 2   drain member 2 (SIGTERM): a planned stop, it hands over what it holds first',
  'a     add a member: the first one that does not run, else a new one',
  'r     roll: drain and start every member anew, one after another, as a deployment does',
  'l 2   the end of the log of member 2, for people (the file is JSON)',
  's     status, as plain lines',
  'q     quit (or Ctrl-C): everything stops, the games stay stored',
  '^Z    back to the shell, the members go on; fg comes back',
];

export const keysHint = 'k kill  p pause/resume  d drain  l log  a add  r roll all  s status  ? help  q quit';

type ShownMember = Pick<LocalMember, 'id' | 'phase' | 'notReady' | 'pid' | 'url'>;

/** One line a member, and one for the cluster. */
export function statusText(members: readonly ShownMember[], report: ClusterReport | null): readonly string[] {
  const lines = members.map((member) => {
    const known = report?.members.find(({ id }) => id === member.id);
    const pid = member.pid === null ? '' : `pid ${member.pid}`;
    const state = stateText(member, known, report !== null);
    const gap = ' '.repeat(Math.max(1, stateWidth - stripVTControlCharacters(state).length));
    return `${member.id.padEnd(4)}${state}${gap}${member.url}  ${pid}`;
  });
  return [...lines, report === null ? 'no member answers' : totalText(report)];
}

/** What the member is, and what it holds or lacks. */
function stateText({ phase, notReady }: ShownMember, known: MemberReport | undefined, isReported: boolean): string {
  const holds = phase !== 'dead' && phase !== 'drained' && isReported;
  if (phase === 'ready' && notReady !== null && known?.status !== 'leaving') {
    return `${styleText('yellow', 'not ready')}: ${notReady}`;
  }
  // A cordon: it was drained by the API, and runs on.
  const shown: Phase = phase === 'ready' && known?.status === 'leaving' ? cordoned(known) : phase;
  return `${styleText(phaseStyle[shown], shown.padEnd(10))}${holds ? holdings(known) : ''}`;
}

function cordoned({ slots }: MemberReport): Phase {
  return slots === 0 ? 'drained' : 'draining';
}

function holdings(member: MemberReport | undefined): string {
  if (member === undefined) return 'not in the cluster';
  const { slots, sessions } = member;
  return `${count(slots, 'slot').padStart(9)} ${count(sessions, 'session').padStart(14)}`;
}

/** Null: not known. */
function count(number: number | null, thing: string): string {
  return `${number ?? '?'} ${thing}${number === 1 ? '' : 's'}`;
}

function totalText({ members, slots }: ClusterReport): string {
  const unowned = slots - members.reduce((total, member) => total + member.slots, 0);
  return `${count(slots, 'slot')}, ${unowned === 0 ? 'all owned' : styleText('red', `${unowned} on their way to a new owner`)}`;
}
