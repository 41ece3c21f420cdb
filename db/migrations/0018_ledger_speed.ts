import { type Kysely, sql } from "kysely";
import { PLANS } from "../ledger/plans";
import { TAKE_CREDIT } from "../ledger/spend";

/** What a connection keeps of the ledger's functions must not depend on how small the tables were when it first called them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [TAKE_CREDIT, PLANS]) await sql.raw(part).execute(db);
}
