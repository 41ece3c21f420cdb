import type { CampaignTables } from "./schema/campaigns";
import type { CustomerTables } from "./schema/customers";
import type { EngineTables } from "./schema/engine";
import type { LedgerTables } from "./schema/ledger";
import type { NotificationTables } from "./schema/notifications";
import type { ScoringTables } from "./schema/scoring";
import type { SegmentTables } from "./schema/segments";
import type { TenancyTables } from "./schema/tenancy";

/** Row types of the whole database for Kysely, one file per domain. Tables outside `public` carry their schema in the name. */
export type Database = TenancyTables &
  CustomerTables &
  LedgerTables &
  SegmentTables &
  CampaignTables &
  EngineTables &
  ScoringTables &
  NotificationTables;
