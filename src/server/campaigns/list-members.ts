import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { type Viewer, visibleEmail } from "@/server/notifications/visible-email";
import type { ShopContext } from "@/server/tenancy/context";
import { latestDrops } from "./read-campaigns";
import { listMembersSchema } from "./schema";

export type Member = {
  seq: number;
  customer: { id: string; name: string; email: string | null };
  arm: "treated" | "control";
  /** What became of the person's credit; `held_out` for the control arm. */
  state: "held_out" | "planned" | "granted" | "partly_redeemed" | "redeemed" | "expired" | "failed";
  amount: bigint;
  redeemed: bigint;
  remaining: bigint;
  message: string | null;
};

type Amounts = { granted: bigint; redeemed: bigint; expired: bigint; remaining: bigint; held: bigint };

function stateOf(arm: string, status: string, lot: Amounts | null): Member["state"] {
  if (arm === "control") return "held_out";
  if (status === "failed") return "failed";
  if (!lot) return "planned";
  if (lot.redeemed > 0n && lot.remaining + lot.held === 0n && lot.expired === 0n) return "redeemed";
  if (lot.redeemed > 0n) return "partly_redeemed";
  return lot.expired > 0n ? "expired" : "granted";
}

/**
 * Who is in the drop, in the order of the drop, with what became of each person's credit. The page is cut out before
 * anything is joined to it: joined first, a fresh table without statistics was compared with every message (200 s for 10,000 members).
 */
export async function listMembers(
  ctx: ShopContext,
  input: unknown,
  viewer: Viewer,
): Promise<{ items: Member[]; nextCursor: number | null }> {
  const { id, arm, cursor, limit } = parseInput(listMembersSchema, input);
  return withTenant(ctx, async (handle) => {
    const drop = (await latestDrops(handle, ctx.shopId, [id])).get(id);
    if (!drop) return { items: [], nextCursor: null };
    // Control members follow the treated ones in the numbering, so an arm is a range and needs no index of its own.
    const from = Math.max(cursor ?? 0, arm === "control" ? drop.treated : 0);
    const to = arm === "treated" ? drop.treated : drop.members;
    const { rows } = await sql<
      Amounts & {
        seq: number;
        customer_id: string;
        arm: "treated" | "control";
        status: string;
        amount: bigint;
        name: string;
        email: string | null;
        has_lot: boolean;
        message: string | null;
      }
    >`
      with page as materialized (
        select * from drop_member
        where shop_id = ${ctx.shopId} and drop_id = ${drop.id} and seq > ${from}::int and seq <= ${to}::int
        order by seq limit ${limit + 1}::int
      )
      select m.seq, m.customer_id, m.arm, m.status, m.amount, c.email, x.status as message, l.customer_id is not null as has_lot,
        coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), c.external_id) as name,
        coalesce(l.granted, 0) as granted, coalesce(l.redeemed, 0) as redeemed, coalesce(l.expired, 0) as expired,
        coalesce(l.remaining, 0) as remaining, coalesce(l.held, 0) as held
      from page m
      join customer c on c.shop_id = m.shop_id and c.id = m.customer_id
      left join ledger.lot l on l.shop_id = m.shop_id and l.customer_id = m.customer_id and l.once_key = m.drop_id
      left join lateral (
        select status from message
        where shop_id = m.shop_id and customer_id = m.customer_id and key = 'drop:' || m.drop_id || ':' || m.customer_id limit 1
      ) x on true
      order by m.seq`.execute(handle.trx);
    const page = rows.slice(0, limit);
    return {
      items: page.map((row) => ({
        seq: row.seq,
        customer: { id: row.customer_id, name: row.name, email: visibleEmail(row.email, viewer) },
        arm: row.arm,
        state: stateOf(row.arm, row.status, row.has_lot ? row : null),
        amount: row.amount,
        redeemed: row.redeemed,
        remaining: row.remaining,
        message: row.message,
      })),
      nextCursor: rows.length > limit ? (page.at(-1)?.seq ?? null) : null,
    };
  });
}
