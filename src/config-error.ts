/**
 * What is thrown for settings that are wrong.
 *
 * Why apart from config.ts: whatever loads a game throws it too, and needs neither the schema of all settings nor NATS for that.
 */

/** Wrong settings, one line each: `NAME: what is wrong`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const different = [...new Set(problems)];
    super(`wrong settings:\n  ${different.join('\n  ')}`);
    this.problems = different;
  }
}
