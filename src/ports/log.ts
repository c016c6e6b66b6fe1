/**
 * Port: the log. Whoever logs gives fields and the words of an event (log-events.ts).
 */

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
