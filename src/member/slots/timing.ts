/**
 * How long things take and are waited for in this wing, in one place: some must be shorter than others.
 *
 * Why: a slot is frozen for as long as its sessions are sent, and what is sent is kept for as long as its record may be under way.
 */

/** A handoff: how long a freeze waits for writes in flight before sessions go by id only. */
export const FREEZE_PATIENCE_MS = 400;
/** After that the slot thaws, and is handed over another time. */
export const LONGEST_FREEZE_MS = 1_000;
/** To the next owner, each of offer and chunks. */
export const CALL_TIMEOUT_MS = 1_000;
/** What was sent is kept by the receiver: longer than a handoff takes, elections of NATS included. */
export const STASH_KEPT_MS = 15_000;

/** All slots are looked at so often, whatever has happened or not. */
export const LOOK_AGAIN_MS = 1_000;
/** All records are listed anew so often: a watch can die without a sign. */
export const RELIST_MS = 10_000;
/** One record, for a member that was told that it knows too little. */
export const READ_TIMEOUT_MS = 1_000;
