/**
 * What clients saw of one game, and whether a correct server could have shown them that.
 *
 * Role: the judge of the cluster tests. It knows nothing of members or of NATS; it sees commands and strong reads with the
 * monotonic times at which they were invoked and answered, and at the end the game and the records of its rounds.
 * Method: every applied command has a version, which is its place in the one order of the game. So instead of searching for
 * an order (as linearizability checkers such as Knossos do) it is enough to check that the order given fits what was seen.
 *
 * Checked:
 *  H1 a key answered more than once always gave the same result
 *  H2 no two commands have one version
 *  H3 real time: what was answered before another was invoked comes before it (commands and strong reads)
 *  H4 a strong read shows exactly the actions that its version calls for; equal versions show equal games
 *  H5 at the end every acknowledged action is there exactly once, in the game or in the record of one round, unless it was
 *     taken back; nothing is there that nobody asked for; a command without an answer is there at most once
 *  H6 rounds rise by one, end once, and each finished one has a record
 *  H7 the version counted exactly the commands that were applied
 */

export type CommandKind = 'register' | 'retract' | 'endRound';

export interface CommandResult {
  readonly applied: boolean;
  /** The place in the order, if the answer told it. */
  readonly version: number | null;
  /** What `register` made. */
  readonly actionId: string | null;
}

export interface Command {
  readonly key: string;
  readonly kind: CommandKind;
  readonly playerId: string | null;
  /** What `retract` takes back, and which round `endRound` ends. */
  readonly target: string | number | null;
  readonly invokedAt: number;
  answeredAt: number;
  /** Every distinct answer; none: the outcome is unknown. */
  readonly results: CommandResult[];
}

export interface GameSeen {
  readonly version: number;
  readonly round: number;
  /** Action ids by player. */
  readonly actions: ReadonlyMap<string, readonly string[]>;
}

export interface StrongRead extends GameSeen {
  readonly invokedAt: number;
  readonly answeredAt: number;
  /** Who served it: for the message. */
  readonly member: string;
}

export interface Ending {
  readonly game: GameSeen;
  /** Action ids by player of every finished round for which there was a record. */
  readonly records: ReadonlyMap<number, ReadonlyMap<string, readonly string[]>>;
}

export class GameHistory {
  readonly gameId: string;
  /** The version that the game had before the first command. */
  readonly startVersion: number;
  /** Rounds that the clock ended, which no command tells of. */
  readonly clockEnds: number;
  readonly commands: Command[] = [];
  readonly reads: StrongRead[] = [];

  constructor(gameId: string, { startVersion, clockEnds = 0 }: { startVersion: number; clockEnds?: number }) {
    this.gameId = gameId;
    this.startVersion = startVersion;
    this.clockEnds = clockEnds;
  }

  /** To be called before the first attempt is sent. */
  invoke(
    command: Pick<Command, 'key' | 'kind'> & Partial<Pick<Command, 'playerId' | 'target'>>,
    now = performance.now(),
  ): Command {
    const recorded = { playerId: null, target: null, ...command, invokedAt: now, answeredAt: Infinity, results: [] };
    this.commands.push(recorded);
    return recorded;
  }

  /** To be called with every answer to `command` that says what became of it. */
  answer(command: Command, result: CommandResult, now = performance.now()): void {
    command.answeredAt = Math.min(command.answeredAt, now);
    const same = (other: CommandResult) => JSON.stringify(other) === JSON.stringify(result);
    if (!command.results.some(same)) command.results.push(result);
  }

  read(read: StrongRead): void {
    this.reads.push(read);
  }

  /** Everything that is wrong; empty if the server kept its promises. */
  check(ending: Ending): string[] {
    const problems = [
      ...this.#sameAnswers(),
      ...this.#distinctVersions(),
      ...this.#realTime(),
      ...this.#readsShowTheirVersion(),
      ...this.#ending(ending),
      ...this.#rounds(ending),
      ...this.#versionCounts(ending),
    ];
    return problems.map((text) => `game ${this.gameId}: ${text}`);
  }

  #applied(kind?: CommandKind): Command[] {
    return this.commands.filter(
      (command) => command.results[0]?.applied && (kind === undefined || command.kind === kind),
    );
  }

  #unknown(kind?: CommandKind): Command[] {
    return this.commands.filter(
      (command) => command.results.length === 0 && (kind === undefined || command.kind === kind),
    );
  }

  #sameAnswers(): string[] {
    return this.commands
      .filter((command) => command.results.length > 1)
      .map((command) => `H1 key ${command.key} got different answers: ${JSON.stringify(command.results)}`);
  }

  #distinctVersions(): string[] {
    const problems: string[] = [];
    const byVersion = new Map<number, string>();
    for (const command of this.#applied()) {
      const version = versionOf(command);
      if (version === null) continue;
      const other = byVersion.get(version);
      if (other !== undefined) problems.push(`H2 keys ${other} and ${command.key} both have version ${version}`);
      byVersion.set(version, command.key);
    }
    return problems;
  }

  #realTime(): string[] {
    const commands = this.#applied().flatMap((command) => {
      const version = versionOf(command);
      return version === null ? [] : [{ ...times(command), version, command: true, name: `command ${command.key}` }];
    });
    const reads = this.reads.map((read) => ({
      ...times(read),
      version: read.version,
      command: false,
      name: `read by ${read.member} at ${read.invokedAt.toFixed(1)}`,
    }));
    const operations = [...commands, ...reads];
    const byInvocation = [...operations].sort((a, b) => a.invokedAt - b.invokedAt);
    const byAnswer = [...operations].sort((a, b) => a.answeredAt - b.answeredAt);
    const problems: string[] = [];
    let answered = 0;
    let newest: (typeof operations)[number] | null = null;
    for (const operation of byInvocation) {
      for (let next = byAnswer[answered]; next && next.answeredAt < operation.invokedAt; next = byAnswer[++answered]) {
        if (newest === null || next.version > newest.version) newest = next;
      }
      if (newest === null) continue;
      // A command makes a version of its own; a read may show again what was shown.
      const behind = operation.command ? operation.version <= newest.version : operation.version < newest.version;
      if (behind && operation.name !== newest.name) {
        problems.push(
          `H3 ${operation.name} has version ${operation.version}, but ${newest.name} had answered ${newest.version} ` +
            `${(operation.invokedAt - newest.answeredAt).toFixed(1)} ms before it was invoked`,
        );
      }
    }
    return problems;
  }

  #readsShowTheirVersion(): string[] {
    const problems: string[] = [];
    const registered = this.#applied('register').map((command) => ({
      id: command.results[0]?.actionId ?? '',
      version: versionOf(command) ?? Infinity,
    }));
    const versions = new Map(registered.map(({ id, version }) => [id, version]));
    const retractable = new Set(this.commands.filter(({ kind }) => kind === 'retract').map(({ target }) => target));
    const shown = new Map<number, string>();
    for (const read of this.reads) {
      const label = `H4 read by ${read.member} at version ${read.version}`;
      const ids = allIds(read.actions);
      const content = JSON.stringify([read.round, [...ids].sort()]);
      const earlier = shown.get(read.version);
      if (earlier !== undefined && earlier !== content) problems.push(`${label}: ${content}, but also ${earlier}`);
      shown.set(read.version, content);
      for (const id of ids) {
        const version = versions.get(id);
        if (version !== undefined && version > read.version)
          problems.push(`${label} shows action ${id} of version ${version}`);
      }
      if (read.round !== 1) continue;
      // While no round has ended, every action up to that version must be there.
      const present = new Set(ids);
      for (const { id, version } of registered) {
        if (version <= read.version && !present.has(id) && !retractable.has(id)) {
          problems.push(`${label} lacks action ${id} of version ${version}`);
        }
      }
    }
    return problems;
  }

  #ending(ending: Ending): string[] {
    const problems: string[] = [];
    const places = new Map<string, string[]>();
    const strangers = new Map<string, string[]>();
    const acknowledged = new Set(this.#applied('register').map((command) => command.results[0]?.actionId));
    for (const [place, actions] of [['the game', ending.game.actions] as const, ...ending.records]) {
      const name = typeof place === 'number' ? `the record of round ${place}` : place;
      for (const [playerId, ids] of actions) {
        for (const id of ids) {
          places.set(id, [...(places.get(id) ?? []), name]);
          if (!acknowledged.has(id)) strangers.set(playerId, [...(strangers.get(playerId) ?? []), id]);
        }
      }
    }
    for (const [id, names] of places) {
      if (names.length > 1) problems.push(`H5 action ${id} is there ${names.length} times: ${names.join(', ')}`);
    }
    const retracted = new Map(
      this.commands.filter(({ kind }) => kind === 'retract').map((command) => [command.target, command]),
    );
    for (const command of this.#applied('register')) {
      const id = command.results[0]?.actionId ?? '';
      const retraction = retracted.get(id);
      const there = places.has(id);
      if (!there && (retraction === undefined || retraction.results[0]?.applied === false)) {
        problems.push(`H5 lost: key ${command.key} was acknowledged as action ${id}, which is nowhere`);
      }
      if (there && retraction?.results[0]?.applied) problems.push(`H5 action ${id} was taken back and is still there`);
    }
    for (const [playerId, ids] of strangers) {
      const open = this.#unknown('register').filter((command) => command.playerId === playerId).length;
      if (ids.length > open) {
        problems.push(
          `H5 doubled: ${playerId} has ${ids.length} actions that no answer names (${ids}), with ${open} unanswered`,
        );
      }
    }
    return problems;
  }

  #rounds(ending: Ending): string[] {
    const problems: string[] = [];
    const ended = new Map<unknown, string>();
    for (const command of this.#applied('endRound')) {
      const other = ended.get(command.target);
      if (other !== undefined)
        problems.push(`H6 round ${command.target} ended twice: by ${other} and by ${command.key}`);
      ended.set(command.target, command.key);
    }
    const finished = ending.game.round - 1;
    const least = ended.size + this.clockEnds;
    const most = least + this.#unknown('endRound').length;
    if (finished < least || finished > most) {
      problems.push(`H6 ${finished} rounds are over, but ${least} to ${most} were ended`);
    }
    for (let round = 1; round <= finished; round++) {
      if (!ending.records.has(round)) problems.push(`H6 round ${round} is over but has no record`);
    }
    for (const round of ending.records.keys()) {
      if (round > finished) problems.push(`H6 round ${round} has a record but is not over`);
    }
    let newest: StrongRead | null = null;
    for (const read of [...this.reads].sort((a, b) => a.version - b.version)) {
      if (newest !== null && read.round < newest.round) {
        problems.push(
          `H6 version ${read.version} is in round ${read.round}, version ${newest.version} in ${newest.round}`,
        );
      }
      newest = read;
    }
    return problems;
  }

  #versionCounts(ending: Ending): string[] {
    const counted = ending.game.version - this.startVersion;
    const least = this.#applied().length + this.clockEnds;
    const most = least + this.#unknown().length;
    if (counted >= least && counted <= most) return [];
    return [`H7 the version rose by ${counted}, but ${least} to ${most} commands were applied`];
  }
}

function versionOf(command: Command): number | null {
  return command.results[0]?.version ?? null;
}

function times(operation: { invokedAt: number; answeredAt: number }): { invokedAt: number; answeredAt: number } {
  return { invokedAt: operation.invokedAt, answeredAt: operation.answeredAt };
}

function allIds(actions: ReadonlyMap<string, readonly string[]>): string[] {
  return [...actions.values()].flat();
}
