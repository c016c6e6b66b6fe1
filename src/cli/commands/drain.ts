/**
 * `drain <member>` and `undrain <member>`: a member gives up what it owns and goes on serving as a gateway; and the way back.
 *
 * Role: asks, then watches until it is so, because that is what somebody who is about to stop a machine waits for. Exit code 1 if it does not
 * come about in time; what was asked for stays asked, and that is said. What cannot come about is not asked for.
 */
import { type ClusterAnswer, memberIn } from '../cluster-findings.ts';
import { type Context, type Outcome, WronglyCalled } from '../command.ts';
import { hindrance } from '../hindrance.ts';
import { counted, duration } from '../table.ts';

const LOOK_EVERY_MS = 250;
const SAY_EVERY_MS = 2_000;
/** A drain is over in a second or two; one that a member refuses never ends. */
const PATIENCE_MS = 60_000;

type Member = ClusterAnswer['members'][number];

export async function drain(context: Context): Promise<Outcome> {
  const id = memberOf(context, 'drain');
  const cluster = await lookAt(context);
  const before = memberIn(cluster, id);
  const hindered = hindrance(cluster, id);
  if (hindered !== null) {
    const stays = before?.status === 'leaving' ? ` It is leaving already; undo: minotaur undrain ${id}.` : '';
    return {
      value: { member: before ?? null, hindered },
      text: `${id} is not asked: ${hindered}.${stays}`,
      isWell: false,
    };
  }
  const wasDrained = before?.status === 'leaving' && before.slots === 0;
  await context.server.post(pathOf(id));
  return waitUntil(context, id, {
    is: ({ status, slots }) => status === 'leaving' && slots === 0,
    progress: ({ slots }, now) => {
      const why = hindrance(now, id);
      return `${id} holds ${counted(slots, 'slot')} yet${why === null ? '' : `: ${why}`}`;
    },
    done: (took) =>
      wasDrained
        ? `${id} was drained before, and owns nothing`
        : `${id} owns nothing any more: it handed over ${counted(before?.slots ?? 0, 'slot')} in ${took}`,
    next: `It serves as a gateway and takes nothing until it is stopped, or taken back by: minotaur undrain ${id}`,
    failed: ({ slots }, now) =>
      `${id} still holds ${counted(slots, 'slot')}: ${hindrance(now, id) ?? 'docs/runbook.md#it-does-not-go'}\n` +
      `It stays asked to hand them over; undo: minotaur undrain ${id}`,
  });
}

export async function undrain(context: Context): Promise<Outcome> {
  const id = memberOf(context, 'undrain');
  const before = memberIn(await lookAt(context), id);
  await context.server.delete(pathOf(id));
  return waitUntil(context, id, {
    is: ({ status, slots }) => status === 'active' && slots > 0,
    progress: ({ status }) => `${id} is ${status} and waits for its share`,
    done: (took) =>
      before?.status === 'active' && before.slots > 0
        ? `${id} was not drained: it is active, with ${counted(before.slots, 'slot')}`
        : `${id} is back, and has a share after ${took}`,
    next: 'Who holds how much, and how much the ring wants: minotaur members',
    failed: () => `${id} has got no share: docs/runbook.md#its-readyz-fails`,
  });
}

function memberOf({ given: [id, ...rest] }: Context, command: string): string {
  if (id === undefined || rest.length > 0) throw new WronglyCalled(`${command} names one member (minotaur members)`);
  return id;
}

function pathOf(id: string): string {
  return `/v1/cluster/members/${encodeURIComponent(id)}/drain`;
}

function lookAt({ server }: Context): Promise<ClusterAnswer> {
  return server.get<ClusterAnswer>('/v1/cluster');
}

interface Goal {
  is(member: Member): boolean;
  progress(member: Member, cluster: ClusterAnswer): string;
  done(took: string): string;
  readonly next: string;
  failed(member: Member, cluster: ClusterAnswer): string;
}

async function waitUntil(context: Context, id: string, goal: Goal): Promise<Outcome> {
  const begun = context.wall();
  let sayAt = begun + SAY_EVERY_MS;
  for (;;) {
    const cluster = await lookAt(context);
    const member = memberIn(cluster, id);
    const now = context.wall();
    const value = { member: member ?? null, tookMs: now - begun };
    if (member !== undefined && goal.is(member)) {
      return { value, text: `${goal.done(duration(now - begun))}.\n${goal.next}`, isWell: true };
    }
    if (now - begun > PATIENCE_MS || context.stopped.aborted) {
      const text = member === undefined ? `${id} is not among the members any more` : goal.failed(member, cluster);
      return { value, text, isWell: false };
    }
    if (member !== undefined && now >= sayAt) {
      sayAt = now + SAY_EVERY_MS;
      context.say(`${goal.progress(member, cluster)} …`);
    }
    await context.pause(LOOK_EVERY_MS);
  }
}
