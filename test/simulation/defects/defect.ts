/**
 * A deliberate defect: a mistake that somebody could make in src, as edits of its text.
 *
 * Role: a simulation that finds nothing proves something only if it finds these.
 * Invariant: every edit fits exactly one place of its file, so a defect never silently stops being one when the code moves on.
 */
export interface Defect {
  /** In kebab-case. */
  readonly name: string;
  /** What is wrong, and which promise (I1 to I9, or liveness) that breaks. */
  readonly about: string;
  readonly edits: readonly Edit[];
}

export interface Edit {
  /** Relative to the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The text of `file` with this defect in it. Throws if an edit fits nowhere or in several places. */
export function applyEdits(defect: Defect, file: string, text: string): string {
  let edited = text;
  for (const { find, replace } of defect.edits.filter((edit) => edit.file === file)) {
    const pieces = edited.split(find);
    if (pieces.length !== 2) {
      throw new Error(`defect "${defect.name}": found ${pieces.length - 1} times, not once, in ${file}: ${find}`);
    }
    edited = pieces.join(replace);
  }
  return edited;
}
