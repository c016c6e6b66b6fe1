/**
 * Configuration files of nats-server with users and what each may do.
 *
 * Role: one place in the tests that knows that syntax; the permissions themselves come from the product.
 */
import { type Permissions, permissionsBlock } from '../../src/adapters/nats/permissions.ts';

export interface NatsUser {
  readonly user: string;
  readonly password: string;
  /** Absent: everything in its account. */
  readonly permissions?: Permissions;
}

/** One account, with JetStream, that holds these users. */
export function natsAccount(name: string, users: readonly NatsUser[]): string {
  return `${name} {\n  jetstream: enabled\n  users = [\n${users.map(userBlock).join('')}  ]\n}\n`;
}

export function natsAccounts(...accounts: readonly string[]): string {
  return `accounts {\n${accounts.join('')}}\n`;
}

function userBlock({ user, password, permissions }: NatsUser): string {
  const allowed = permissions === undefined ? '' : permissionsBlock(permissions);
  return `{ user: ${JSON.stringify(user)}, password: ${JSON.stringify(password)}\n${allowed}}\n`;
}
