/**
 * What `npm start` tells: where everything is, a first game by curl, the keys.
 */
import { styleText } from 'node:util';
import type { ClusterReport, MemberReport } from '../member/gateway.ts';
import type { LocalMember, Phase } from './local-member.ts';

export interface Places {
  readonly url: string;
  readonly natsUrl: string;
  readonly natsVersion: string;
  readonly adminToken: string;
  readonly folder: string;
}

const phaseStyle = { starting: 'yellow', ready: 'green', paused: 'yellow', draining: 'yellow', dead: 'red' } as const;

/** Where everything is. */
export function placesText({ url, natsUrl, natsVersion, adminToken, folder }: Places): readonly string[] {
  return [
    '',
    `${styleText('bold', 'Minotaur')}     ${url}  (a port that all members share)`,
    `interface    ${url}/docs`,
    `admin token  ${adminToken}`,
    `NATS         ${natsUrl}  (nats-server ${natsVersion})`,
    `kept in      ${folder}  (games, logs/<member>.log, admin token)`,
  ];
}

/** A first game: every line can be pasted into another terminal as it is. */
export function firstGameText({ url, adminToken }: Places, keys: boolean): readonly string[] {
  const game = `${url}/v1/games/demo`;
  const post = `-X POST -H 'Authorization: Bearer ${adminToken}' -H 'Content-Type: application/json'`;
  return [
    '',
    styleText('bold', 'A first game: paste these lines into another terminal'),
    styleText('dim', '# start a game whose rounds last an hour'),
    `curl -s ${post} ${game}/continue -d '{"game":{"id":"demo","settings":{"roundSeconds":3600}}}'; echo`,
    styleText('dim', '# register an action; the answer comes when it is stored'),
    `curl -s ${post} ${game}/actions -d '{"playerId":"ada","type":"move","vector":{"q":1,"r":0}}'; echo`,
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

export const keysText: readonly string[] = [
  'k 2   kill -9 member 2: a crash',
  'p 2   pause member 2 (SIGSTOP), or resume it: a machine that stands still',
  'd 2   drain member 2 (SIGTERM): a planned stop, it hands over what it holds first',
  'a     add a member: the first one that is dead, else a new one',
  'r     roll: drain and start every member anew, one after another, as a deployment does',
  's     status, as plain lines',
  'q     quit (or Ctrl-C): everything stops, the games stay stored',
];

export const keysHint = 'k kill  p pause/resume  d drain  a add  r roll all  s status  ? help  q quit';

/** One line a member, and one for the cluster. */
export function statusText(members: readonly LocalMember[], report: ClusterReport | null): readonly string[] {
  const lines = members.map((member) => {
    const known = report?.members.find(({ id }) => id === member.id);
    const pid = member.pid === null ? '' : `pid ${member.pid}`;
    return `${member.id.padEnd(4)}${phaseText(member.phase)}${holdings(known).padEnd(36)}${member.url}  ${pid}`;
  });
  return [...lines, report === null ? 'no member answers' : totalText(report)];
}

function phaseText(phase: Phase): string {
  return styleText(phaseStyle[phase], phase.padEnd(10));
}

function holdings(member: MemberReport | undefined): string {
  if (member === undefined) return 'not in the cluster';
  const sessions = member.sessions === null ? '?' : String(member.sessions);
  const leaving = member.status === 'leaving' ? ', leaving' : '';
  return `${String(member.slots).padStart(4)} slots ${sessions.padStart(5)} sessions${leaving}`;
}

function totalText({ members, slots }: ClusterReport): string {
  const unowned = slots - members.reduce((total, member) => total + member.slots, 0);
  return `${slots} slots, ${unowned === 0 ? 'all owned' : styleText('red', `${unowned} on their way to a new owner`)}`;
}
