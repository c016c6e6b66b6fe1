/**
 * A receiver of webhooks in memory: answers as the test says, and keeps what it accepted.
 */
import type { Outgoing, OutgoingRequest, PostOutcome } from '../../src/ports/outgoing.ts';

export interface Received {
  readonly id: string;
  readonly type: string;
  readonly gameId: string;
  readonly round: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export const ACCEPTED: PostOutcome = { kind: 'answered', status: 204 };

export class RecordingReceiver implements Outgoing {
  readonly accepted: Received[] = [];
  attempts = 0;
  underWay = 0;
  mostUnderWay = 0;
  /** What becomes of a request. */
  answer: (received: Received) => PostOutcome | Promise<PostOutcome> = () => ACCEPTED;

  async post({ headers, body }: OutgoingRequest): Promise<PostOutcome> {
    const { type, data } = JSON.parse(body) as { type: string; data: { gameId: string; round: number } };
    const received = {
      id: headers['webhook-id'] ?? '',
      type,
      gameId: data.gameId,
      round: data.round,
      data: { ...data },
    };
    this.attempts += 1;
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      const outcome = await this.answer(received);
      if (outcome.kind === 'answered' && outcome.status < 300) this.accepted.push(received);
      return outcome;
    } finally {
      this.underWay -= 1;
    }
  }

  /** What was accepted of a game, each event once, in the order in which it first came: `round_started 2`. */
  told(gameId: string): string[] {
    const first = new Map(this.accepted.filter((each) => each.gameId === gameId).map((each) => [each.id, each]));
    return [...first.values()].map(({ type, round }) => `${type} ${round}`);
  }
}
