/**
 * The lane of bytes that are hardly HTTP: each on a connection of its own, that ends after them.
 */
import { type WireCase, wireCases } from '../cases/wire.ts';
import { expect, judgeGenerally, Violation } from '../judge/answers.ts';
import { Connection } from '../wire/connection.ts';
import type { FuzzCluster } from './fuzz-cluster.ts';
import type { Lane } from './lane.ts';
import type { Stage } from './stage.ts';
import type { Totals } from './totals.ts';

const shownBytes = 1_500;

export class WireLane implements Lane<WireCase> {
  readonly name = 'wire';
  readonly cases = wireCases;
  readonly #cluster: FuzzCluster;
  readonly #totals: Totals;

  constructor(cluster: FuzzCluster, totals: Totals) {
    this.#cluster = cluster;
    this.#totals = totals;
  }

  async run({ what, bytes, isAmbiguous }: WireCase, stage: Stage): Promise<void> {
    const filled = Buffer.from(stage.fill(bytes), 'latin1');
    const connection = await Connection.open(this.#cluster.member(0).port);
    try {
      const answers = await connection.askAll(filled);
      this.#totals.wired(
        what,
        answers.map(({ status }) => status),
      );
      for (const answer of answers) judgeGenerally(answer);
      if (!isAmbiguous) return;
      const statuses = answers.map(({ status }) => status).join(', ');
      expect(
        answers.length === 1 && (answers[0]?.status ?? 0) >= 400,
        `it can be read in two ways, and is answered ${statuses || 'nothing'}`,
      );
    } catch (error) {
      throw new Violation(
        `${(error as Error).message}\nsent: ${JSON.stringify(filled.toString('latin1', 0, shownBytes))}`,
      );
    } finally {
      connection.cut();
    }
  }

  close(): void {}
}
