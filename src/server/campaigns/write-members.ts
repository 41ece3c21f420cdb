import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { DropRow } from "./campaign";
import { type PlanInput, planSql } from "./plan-members";
import type { ZoneTimes } from "./schedule";

/** Members per grant transaction: measured best between 5,000 and 10,000. */
export const CHUNK_SIZE = 5_000;

export type MemberCounts = { members: number; treated: number; control: number; excluded: number; cost: bigint };

type Row = { members: bigint; treated: bigint; excluded: bigint; cost: string };

/** One statement decides and writes all members. Treated people get the low numbers, in customer order: the ledger's lock order. */
export async function writeMembers({ trx }: TenantTrx, ctx: ShopContext, drop: DropRow, plan: PlanInput): Promise<MemberCounts> {
  const result = await sql<Row>`
    with plan as materialized (${planSql(plan)}), excluded as (
      insert into drop_exclusion (org_id, shop_id, drop_id, customer_id, reason)
      select ${ctx.orgId}, ${ctx.shopId}, ${drop.id}, customer_id, reason from plan where reason is not null
    ), member as (
      insert into drop_member (org_id, shop_id, drop_id, seq, customer_id, arm, amount, variant, zone_no)
      select ${ctx.orgId}, ${ctx.shopId}, ${drop.id}, row_number() over (order by held_out, customer_id), customer_id,
             case when held_out then 'control' else 'treated' end, case when held_out then 0 else amount end, variant, zone_no
      from plan where reason is null
    )
    select count(*) filter (where reason is null) as members, count(*) filter (where reason is null and not held_out) as treated,
           count(*) filter (where reason is not null) as excluded,
           coalesce(sum(amount) filter (where reason is null and not held_out), 0)::text as cost
    from plan`.execute(trx);
  const row = result.rows[0];
  if (!row) throw new Error("counting the members gave no row");
  const [members, treated] = [Number(row.members), Number(row.treated)];
  return { members, treated, control: members - treated, excluded: Number(row.excluded), cost: BigInt(row.cost) };
}

export async function writeChunks({ trx }: TenantTrx, ctx: ShopContext, drop: DropRow, treated: number): Promise<number> {
  const chunks = Math.ceil(treated / CHUNK_SIZE);
  await sql`
    insert into drop_chunk (org_id, shop_id, drop_id, no, first_seq, last_seq)
    select ${ctx.orgId}, ${ctx.shopId}, ${drop.id}, no, no * ${CHUNK_SIZE}::int + 1, least((no + 1) * ${CHUNK_SIZE}::int, ${treated}::int)
    from generate_series(0, ${chunks - 1}::int) no`.execute(trx);
  return chunks;
}

/** From when to when the credit is good, by zone; the shop's is number 0. */
export async function writeZones({ trx }: TenantTrx, ctx: ShopContext, drop: DropRow, zones: readonly ZoneTimes[]): Promise<void> {
  await trx
    .insertInto("drop_zone")
    .values(
      zones.map((zone) => ({
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        drop_id: drop.id,
        no: zone.no,
        time_zone: zone.timeZone,
        available_from: zone.availableFrom,
        expires_at: zone.expiresAt,
      })),
    )
    .execute();
}
