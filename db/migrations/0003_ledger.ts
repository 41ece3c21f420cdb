import { type Kysely, sql } from "kysely";
import { BUDGETS } from "../ledger/budgets";
import { CORE } from "../ledger/core";
import { GRANT } from "../ledger/grant";
import { GUARDS, OWNERSHIP } from "../ledger/guards";
import { PEOPLE } from "../ledger/people";
import { REFUND } from "../ledger/refund";
import { REPORT } from "../ledger/report";
import { SPEND } from "../ledger/spend";
import { SWEEP } from "../ledger/sweep";
import { TABLES } from "../ledger/tables";
import { TERMS } from "../ledger/terms";
import { TYPES } from "../ledger/types";

/** The ledger: tables, what the database refuses, and the operations, which are the only way to write. Needs customer (0002). */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [TABLES, TYPES, GUARDS, CORE, TERMS, GRANT, BUDGETS, SPEND, REFUND, SWEEP, PEOPLE, REPORT, OWNERSHIP])
    await sql.raw(part).execute(db);
}
