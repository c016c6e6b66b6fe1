/**
 * Edits of the text of sources: how tests make a variant of src, a deliberate defect or the version to come.
 *
 * Invariant: every edit fits exactly one place of its file, so a variant never silently stops being one when the code moves on.
 */
export interface Variant {
  /** In kebab-case. */
  readonly name: string;
  readonly edits: readonly Edit[];
}

export interface Edit {
  /** Relative to the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The text of `file` as this variant has it. Throws if an edit fits nowhere or in several places. */
export function applyEdits({ name, edits }: Variant, file: string, text: string): string {
  let edited = text;
  for (const { find, replace } of edits.filter((edit) => edit.file === file)) {
    const pieces = edited.split(find);
    if (pieces.length !== 2) {
      throw new Error(`"${name}": found ${pieces.length - 1} times, not once, in ${file}: ${find}`);
    }
    edited = pieces.join(replace);
  }
  return edited;
}
