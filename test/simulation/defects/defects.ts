/**
 * Every deliberate defect that the simulation must find.
 *
 * Role: joins the lists of the areas.
 */
import { clockDefects } from './clock-defects.ts';
import { costDefects } from './cost-defects.ts';
import type { Defect } from './defect.ts';
import { discoveryDefects } from './discovery-defects.ts';
import { endDefects } from './end-defects.ts';
import { foundDefects } from './found-defects.ts';
import { handoffDefects } from './handoff-defects.ts';
import { listingDefects } from './listing-defects.ts';
import { membershipDefects } from './membership-defects.ts';
import { ownershipDefects } from './ownership-defects.ts';
import { restDefects } from './rest-defects.ts';
import { routingDefects } from './routing-defects.ts';
import { sessionDefects } from './session-defects.ts';
import { tableDefects } from './table-defects.ts';
import { versionDefects } from './version-defects.ts';
import { webhookDefects } from './webhook-defects.ts';
import { writeDefects } from './write-defects.ts';

export const defects: readonly Defect[] = [
  ...membershipDefects,
  ...ownershipDefects,
  ...handoffDefects,
  ...writeDefects,
  ...sessionDefects,
  ...restDefects,
  ...clockDefects,
  ...routingDefects,
  ...listingDefects,
  ...discoveryDefects,
  ...endDefects,
  ...tableDefects,
  ...versionDefects,
  ...webhookDefects,
  ...foundDefects,
  ...costDefects,
];
