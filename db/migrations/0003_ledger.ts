import { type Kysely, sql } from "kysely";
import { CORE } from "../ledger/core";
import { GRANT } from "../ledger/grant";
import { GUARDS, OWNERSHIP } from "../ledger/guards";
import { PEOPLE, PEOPLE_TYPES } from "../ledger/people";
import { REFUND, REFUND_TYPES } from "../ledger/refund";
import { REPORT } from "../ledger/report";
import { SPEND } from "../ledger/spend";
import { SWEEP } from "../ledger/sweep";
import { TABLES } from "../ledger/tables";

/** The ledger: tables, what the database refuses, and the operations, which are the only way to write. Needs customer (0002). */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [TABLES, GUARDS, CORE, GRANT, SPEND, REFUND_TYPES, REFUND, SWEEP, PEOPLE_TYPES, PEOPLE, REPORT, OWNERSHIP])
    await sql.raw(part).execute(db);
}
