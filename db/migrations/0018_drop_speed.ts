import { type Kysely, sql } from "kysely";
import { SPEND_LOTS } from "../ledger/core";
import { PLANS } from "../ledger/plans";
import { TAKE_CREDIT } from "../ledger/spend";

/**
 * Ids by PostgreSQL's own function where there is one (18 and newer): a tenth of the time of ours, which a drop pays once per message. Ours
 * stays for older servers. Both order what happened within one millisecond.
 */
const IDS = `
do $$ begin
  if current_setting('server_version_num')::int >= 180000 then
    execute 'create or replace function public.uuid_v7() returns uuid language sql volatile parallel safe return uuidv7()';
  end if;
end $$;
`;

/**
 * A drop's people are written from a query with one row per customer, and nobody gets the credit of a drop twice (unique key of
 * ledger.lot). Holding that down a second time was a third of the time of writing them; who is looked for is found in the range of the drop
 * or chunk. From here on `planned` in a chunk that is done means granted: a word per row wrote every row of a drop twice.
 */
const MEMBERS = "alter table drop_member drop constraint drop_member_shop_id_drop_id_customer_id_key";

/** What a connection keeps of the ledger's functions must not depend on how small the tables were when it first called them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [IDS, MEMBERS, SPEND_LOTS, TAKE_CREDIT, PLANS]) await sql.raw(part).execute(db);
}
