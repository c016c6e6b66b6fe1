/**
 * The states of a slot as a diagram, made from the transitions: what the documentation shows.
 */
import { type SlotEvent, type SlotState, transitions } from '../../src/cluster/slot-state.ts';

/** Without the ends that come with the incarnation, which every state has. */
export function slotStateDiagram(): string {
  const arrows = new Map<string, string[]>();
  for (const [from, answers] of Object.entries(transitions) as [SlotState, (typeof transitions)[SlotState]][]) {
    for (const [event, cell] of Object.entries(answers) as [SlotEvent, (typeof answers)[SlotEvent]][]) {
      if (typeof cell === 'string' || event === 'stop') continue;
      const arrow = `${from} --> ${cell.state}`;
      const effects = cell.effects.map((effect) => ` (${effect})`).join('');
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), `${event}${effects}`]);
    }
  }
  const lines = [...arrows].map(([arrow, events]) => `  ${arrow}: ${events.join(', ')}\n`);
  return `stateDiagram-v2\n  [*] --> idle\n${lines.join('')}`;
}
