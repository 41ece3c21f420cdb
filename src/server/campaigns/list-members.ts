import { type RawBuilder, sql } from "kysely";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { type Viewer, visibleEmail } from "@/server/notifications/visible-email";
import type { ShopContext } from "@/server/tenancy/context";
import { dropOf } from "./list-drops";
import { listMembersSchema, type MemberState } from "./schema";

export type Member = {
  seq: number;
  customer: { id: string; externalId: string; name: string; email: string | null };
  arm: "treated" | "control";
  /** Index of the amount arm; 0 without arms. */
  variant: number;
  /** What became of the person's credit; `held_out` for the control arm. */
  state: MemberState;
  /** Why a member got nothing. */
  reason: string | null;
  amount: bigint;
  redeemed: bigint;
  remaining: bigint;
  availableFrom: Date | null;
  expiresAt: Date | null;
  message: string | null;
  /** Why the message was not sent; a key of `messages.reasons`. */
  messageReason: string | null;
};

/** One word per person; the same rule serves the table and its filter. */
const STATE = sql<MemberState>`case
  when m.arm = 'control' then 'held_out' when m.status in ('failed', 'skipped') then m.status when l.customer_id is null then 'planned'
  when l.recalled > 0 and l.remaining + l.held = 0 and l.redeemed = 0 then 'recalled'
  when l.redeemed > 0 and l.remaining + l.held = 0 and l.expired + l.recalled = 0 then 'redeemed'
  when l.redeemed > 0 then 'partly_redeemed'
  when l.expired > 0 or l.expires_at <= app_now() then 'expired'
  when l.available_from > app_now() then 'upcoming' else 'granted' end`;

type Row = Omit<Member, "customer"> & { customer_id: string; external_id: string; name: string; email: string | null };

/**
 * Who is in the drop, in the order of the drop, with what became of each person's credit. Without a filter the page is cut out before
 * anything is joined to it: joined first, a fresh table without statistics was compared with every message (200 s for 10,000 members).
 */
export async function listMembers(
  ctx: ShopContext,
  input: unknown,
  viewer: Viewer,
): Promise<{ items: Member[]; nextCursor: number | null }> {
  const { id, arm, state, search, dropId, cursor, limit } = parseInput(listMembersSchema, input);
  return withTenant(ctx, async (handle) => {
    const drop = await dropOf(handle, ctx.shopId, id, dropId);
    if (!drop) return { items: [], nextCursor: null };
    // Control members follow the treated ones in the numbering, so an arm is a range and needs no index of its own.
    const from = Math.max(cursor ?? 0, arm === "control" ? drop.treated : 0);
    const to = arm === "treated" ? drop.treated : drop.members;
    const range = sql`m.shop_id = ${ctx.shopId} and m.drop_id = ${drop.id} and m.seq > ${from}::int and m.seq <= ${to}::int`;
    const filters = [...(state ? [sql`${STATE} = ${state}`] : []), ...(search === "" ? [] : [matches(search, viewer)])];
    const page = filters.length === 0 ? range : sql`${range} and ${sql.join(filters, sql` and `)}`;
    const joins = filters.length === 0 ? sql`` : JOINS;
    const { rows } = await sql<Row>`
      with page as materialized (select m.* from drop_member m ${joins} where ${page} order by m.seq limit ${limit + 1}::int)
      select m.seq, m.customer_id, m.arm, m.variant, ${STATE} as state, m.reason, m.amount, c.email, c.external_id, x.status as message,
        case when x.status in ('skipped', 'failed') then x.reason end as "messageReason",
        coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), c.external_id) as name,
        coalesce(l.redeemed, 0) as redeemed, coalesce(l.remaining, 0) as remaining,
        l.available_from as "availableFrom", l.expires_at as "expiresAt"
      from page m ${JOINS}
      left join lateral (
        select status, reason from message
        where shop_id = m.shop_id and key = 'drop:' || m.drop_id || ':' || m.customer_id limit 1
      ) x on true
      order by m.seq`.execute(handle.trx);
    return toPage(rows, limit, viewer);
  });
}

const JOINS = sql`
  join customer c on c.shop_id = m.shop_id and c.id = m.customer_id
  left join ledger.lot l on l.shop_id = m.shop_id and l.customer_id = m.customer_id and l.once_key = m.drop_id`;

/** Name or the shop's own number; the address only for those who may see it, or the list would tell what it hides. */
function matches(search: string, viewer: Viewer): RawBuilder<unknown> {
  const text = sql`lower(${search})`;
  const email = viewer.pii ? sql`or position(${text} in lower(coalesce(c.email, ''))) > 0` : sql``;
  return sql`(position(${text} in lower(concat_ws(' ', c.first_name, c.last_name))) > 0 or lower(c.external_id) = ${text} ${email})`;
}

function toPage(rows: Row[], limit: number, viewer: Viewer): { items: Member[]; nextCursor: number | null } {
  const page = rows.slice(0, limit);
  return {
    items: page.map(({ customer_id, external_id, name, email, ...member }) => ({
      ...member,
      customer: { id: customer_id, externalId: external_id, name, email: visibleEmail(email, viewer) },
    })),
    nextCursor: rows.length > limit ? (page.at(-1)?.seq ?? null) : null,
  };
}
