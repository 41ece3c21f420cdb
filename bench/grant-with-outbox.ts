import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { grantMany } from "@/server/ledger/grant-many";
import type { LedgerShop } from "@/server/ledger/testing";

export const GRANTS_PER_CHUNK = 5_000;

/** The ledger's own figure for a drop: lot, two postings, balance and an outbox row each, in chunks of their own transactions. */
export async function grantWithOutbox(
  { ctx }: LedgerShop,
  customers: readonly string[],
  { workers, expiresAt }: { workers: number; expiresAt: Date },
): Promise<void> {
  const id = crypto.randomUUID();
  let next = 0;
  const work = async () => {
    while (next * GRANTS_PER_CHUNK < customers.length) {
      const chunk = next++;
      const grants = customers
        .slice(chunk * GRANTS_PER_CHUNK, (chunk + 1) * GRANTS_PER_CHUNK)
        .map((customerId) => ({ customerId, amount: 500n }));
      await withTenant(ctx, async (handle) => {
        await grantMany(
          { ...ctx, trx: handle },
          {
            ...{ source: { type: "drop", id }, chunkKey: `drop:${id}:${chunk}`, unit: "EUR", originClass: "unpaid" },
            ...{ availableFrom: null, expiresAt, grants },
          },
        );
        await sql`insert into job_outbox (id, org_id, name, data, run_at, created_at)
          select ledger.new_id(), ${ctx.orgId}::uuid, 'credit.granted', jsonb_build_object('customerId', c), ${handle.now}::timestamptz,
            ${handle.now}::timestamptz from unnest(${grants.map((grant) => grant.customerId)}::uuid[]) c`.execute(handle.trx);
      });
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}
