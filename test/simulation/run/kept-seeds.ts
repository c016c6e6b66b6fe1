/**
 * Seeds that failed once, with what was wrong then: they are run again for ever.
 *
 * Role: a seed finds its mistake again only as long as the world draws the same plan from it; whoever changes what is drawn may empty the list.
 */
export interface KeptSeed {
  readonly seed: number;
  /** What was wrong. */
  readonly about: string;
}

export const keptSeeds: readonly KeptSeed[] = [
  { seed: 7, about: 'what a handoff brought that did not come about stayed in memory' },
  { seed: 19, about: 'a slot handed over while a take of it was in flight was taken again' },
  { seed: 22, about: 'an eventual read took longer than the request deadline' },
  { seed: 102, about: 'an offer that came twice emptied what had been sent since' },
  { seed: 164, about: 'a socket was told that there is no such game after it had been shown it' },
  { seed: 364, about: 'an un-drain that came during a join was forgotten' },
  { seed: 454, about: 'a late order to drain overtook the one that took it back' },
  { seed: 5504, about: 'a join waited for a watch that had lost its barrier' },
  { seed: 20876, about: 'as 19, with the watch first' },
  { seed: 30399, about: 'after a loss of writes a member that had left was never expelled' },
  { seed: 30415, about: 'a creation in doubt landed after its slot had been handed over' },
  { seed: 722977026, about: 'a record that a replica did not show yet was taken for one that has expired' },
  { seed: 1042873858, about: 'a member cut off from the leader of NATS took what a follower showed for a loss' },
  { seed: 2250511241, about: 'a slot was handed to a joiner that did not know yet that it had joined' },
  { seed: 2587364434, about: 'a member whose key the store had lost was not told by the marker written for it' },
  { seed: 3164251773, about: 'a join waited for ever for a barrier that NATS had lost' },
  { seed: 3164251863, about: 'who had found a session used it after it had left memory, beside its successor' },
  { seed: 3529180877, about: 'a request waited for a slot record to be read, beyond its deadline' },
  { seed: 3389064573, about: 'a late offer replaced a filled stash, and its newer copy made it empty' },
  { seed: 3370984826, about: 'one copy of a command was too late, another by a faster clock was not' },
  { seed: 3975041975, about: 'a loss of writes was not told by those who were expelled for it' },
  { seed: 3323290484, about: 'a sleeper whose time was behind handed over a round, and there was none of it left' },
  { seed: 3323290495, about: 'as before, by one whose time was being corrected' },
  { seed: 207884499, about: 'a member that was wrong by 20 minutes handed over a round, and that stood for so long' },
  { seed: 207884528, about: 'a record of an epoch that NATS had forgotten kept a round from ending' },
  { seed: 207884797, about: 'a round came due by a clock ahead of the pause of its game, and never again' },
  { seed: 2870077889, about: 'who lost a slot and took it again ended a round that had begun late' },
  {
    seed: 2487407898,
    about: 'the message of a repetition came twice, the second time when the first copy was forgotten',
  },
  { seed: 2851491746, about: 'a message that had been answered "moved" came again when its receiver owned the game' },
  { seed: 7055, about: 'rounds that began by a time that was twenty seconds behind were cut short when it was set' },
  { seed: 4269677954, about: 'a round that began late was not given its time anew, for that was never stored' },
  {
    seed: 4269679885,
    about: 'a round of elsewhere lasted ten seconds longer when time was set, and was taken for stuck',
  },
  { seed: 4269679978, about: 'a sleeper that was nearly three seconds off took more than a minute to catch up' },
  { seed: 900000796, about: 'all who knew of a jump had just joined, and whoever came next went by the time of NATS' },
  {
    seed: 2711350564,
    about: 'a handoff brought no markers: a replica of the archive that lagged made games of it 404',
  },
  { seed: 2711290298, about: 'of two orders to drain that a member gave in one millisecond the first counted' },
  {
    seed: 2711361018,
    about: 'a game that nobody touched was handed over as its owner knew it, and NATS had lost that',
  },
  {
    seed: 3100000422,
    about: 'what NATS had lost was found out by the next touch, which took longer than a request may',
  },
  {
    seed: 2711300413,
    about: 'the key of a dead member was deleted in vain every few milliseconds while NATS took no writes',
  },
  { seed: 3100100087, about: 'an erased game was shown by a replica of the archive that lagged' },
  {
    seed: 3101,
    about: 'a slot whose owner had been cut off was handed over without its clocks: a round was cut short',
  },
  { seed: 3100400742, about: 'as before' },
  {
    seed: 1001,
    about: 'a slot was handed over by a number that NATS had lost and given to the record of another owner',
  },
  { seed: 21310, about: 'the only member had slept, and what it held off was lost when it left: a round ended early' },
  {
    seed: 2052,
    about: 'a game whose erasure was given up half way was said not to be there, while the archive had it',
  },
  { seed: 959052131, about: 'an owner that had slept began a round and left: who claimed it ended it a second early' },
  {
    seed: 1191937992,
    about: 'who claimed a round had the clock of NATS ahead, by held messages, and ended it at once',
  },
  { seed: 86592346, about: 'a load was to be repeated when the list said that the game is over: it counted as stuck' },
  { seed: 86592806, about: 'claims of one game by seven owners took seconds, and its round was late by all of them' },
  {
    seed: 2302341257,
    about: 'a claimed round was to last longer than its deadline said, and nobody looked at it again when that came',
  },
];
