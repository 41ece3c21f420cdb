import { type RawBuilder, sql } from "kysely";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { type Viewer, visibleEmail } from "@/server/notifications/visible-email";
import type { ShopContext } from "@/server/tenancy/context";
import { dropOf } from "./list-drops";
import { listMembersSchema, type MemberState } from "./schema";

export type Member = {
  seq: number;
  /** Which of the campaign's drops: 1, 2, … and when it was released. */
  drop: { no: number; releasedAt: Date | null };
  customer: { id: string; externalId: string; name: string; email: string | null };
  arm: "treated" | "control";
  /** Index of the amount arm; 0 without arms. */
  variant: number;
  /** What became of the person's credit; `held_out` for the control arm. */
  state: MemberState;
  /** Why a member got nothing. */
  reason: string | null;
  /** `amount` = `redeemed` + `remaining` + `held` + `expired` + `recalled`, once it is granted. */
  amount: bigint;
  redeemed: bigint;
  remaining: bigint;
  held: bigint;
  expired: bigint;
  recalled: bigint;
  availableFrom: Date | null;
  expiresAt: Date | null;
  message: string | null;
  /** Why the message was not sent; a key of `messages.reasons`. */
  messageReason: string | null;
};

/** One word per person; the same rule serves the table and its filter. */
const STATE = sql<MemberState>`case
  when m.arm = 'control' then 'held_out' when m.status in ('failed', 'skipped') then m.status when l.lots = 0 then 'planned'
  when l.recalled > 0 and l.remaining + l.held = 0 and l.redeemed = 0 then 'recalled'
  when l.redeemed > 0 and l.remaining + l.held = 0 and l.expired + l.recalled = 0 then 'redeemed'
  when l.redeemed > 0 then 'partly_redeemed'
  when l.expired + l.lapsed > 0 and l.remaining + l.held = l.lapsed then 'expired'
  when l.available_from > app_now() then 'upcoming' else 'granted' end`;

type Row = Omit<Member, "customer" | "drop"> & {
  no: number;
  released_at: Date | null;
  customer_id: string;
  external_id: string;
  name: string;
  email: string | null;
};

/** Drops of a campaign one list goes through, newest first: ten years of every day. */
const MAX_DROPS = 4_000;

/** Where a page begins: behind this person of this drop. The newest drop comes first. */
const readCursor = (cursor: string | null | undefined): { no: number; seq: number } | null => {
  const [no, seq] = (cursor ?? "").split(":").map(Number);
  return no === undefined || seq === undefined ? null : { no, seq };
};

/**
 * Who is in the drops of a campaign (or in one of them), in the order of each drop, with what became of each person's credit. The page is
 * cut out before anything is joined to it: joined first, a fresh table without statistics was compared with every message (200 s for
 * 10,000 members).
 */
export async function listMembers(
  ctx: ShopContext,
  input: unknown,
  viewer: Viewer,
): Promise<{ items: Member[]; nextCursor: string | null }> {
  const { id, arm, state, search, dropId, cursor, limit } = parseInput(listMembersSchema, input);
  return withTenant(ctx, async (handle) => {
    if (dropId) await dropOf(handle, ctx.shopId, id, dropId);
    const after = readCursor(cursor);
    const wanted = [
      sql`shop_id = ${ctx.shopId} and campaign_id = ${id} and frozen_at is not null`,
      ...(dropId ? [sql`id = ${dropId}`] : []),
      ...(after ? [sql`no <= ${after.no}::int`] : []),
    ];
    // Control members follow the treated ones in the numbering, so an arm is a range and needs no index of its own.
    const behind = after ? sql`case when d.no = ${after.no}::int then ${after.seq}::int else 0 end` : sql`0`;
    const from = arm === "control" ? sql`greatest(${behind}, d.treated)` : behind;
    const to = arm === "treated" ? sql`d.treated` : sql`d.members`;
    // Only what is asked for is joined: without an order of its own to serve it, a filter goes through every member until a page is full.
    const filters = [
      ...(state ? [{ join: CREDIT, where: sql`${STATE} = ${state}` }] : []),
      ...(search === "" ? [] : [{ join: PERSON, where: matches(search, viewer) }]),
    ];
    const where = [
      sql`m.shop_id = ${ctx.shopId} and m.drop_id = d.id and m.seq > ${from} and m.seq <= ${to}`,
      ...filters.map((filter) => filter.where),
    ];
    const { rows } = await sql<Row>`
      with d as materialized (
        select id, no, released_at, treated, members from campaign_drop where ${sql.join(wanted, sql` and `)} order by no desc limit ${MAX_DROPS}::int
      ), page as materialized (
        select d.no, d.released_at, p.* from d cross join lateral (
          select m.* from drop_member m ${sql.join(
            filters.map((filter) => filter.join),
            sql` `,
          )}
          where ${sql.join(where, sql` and `)}
          order by m.seq limit ${limit + 1}::int
        ) p order by d.no desc, p.seq limit ${limit + 1}::int
      )
      select m.no, m.released_at, m.seq, m.customer_id, m.arm, m.variant, ${STATE} as state, m.reason, m.amount, c.email, c.external_id,
        x.status as message, case when x.status in ('skipped', 'failed') then x.reason end as "messageReason",
        coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), c.external_id) as name,
        l.redeemed, l.remaining, l.held, l.expired, l.recalled, l.available_from as "availableFrom", l.expires_at as "expiresAt"
      from page m ${PERSON} ${CREDIT}
      left join lateral (
        select status, reason from message
        where shop_id = m.shop_id and key = 'drop:' || m.drop_id || ':' || m.customer_id limit 1
      ) x on true
      order by m.no desc, m.seq`.execute(handle.trx);
    return toPage(rows, limit, viewer);
  });
}

const PERSON = sql`join customer c on c.shop_id = m.shop_id and c.id = m.customer_id`;

/**
 * A person's credit of a drop is a lot, what refunds brought back after its end, and what of it went on, merge by merge, to other accounts.
 * The drop is compared in a way no index serves: the way to the few lots of a person must not be that of the many of the drop. `offset 0`
 * keeps each step a look-up for one person.
 */
const CREDIT = sql`
  left join lateral (
    with recursive way (customer_id) as (
      select m.customer_id
      union all
      select g.into_id from way w cross join lateral (
        select into_id from ledger.merged where shop_id = m.shop_id and customer_id = w.customer_id offset 0
      ) g
    ), lot as materialized (
      select k.* from way w cross join lateral (
        select * from ledger.lot where shop_id = m.shop_id and customer_id = w.customer_id and source_type = 'drop'
          and source_id is not distinct from m.drop_id offset 0
      ) k
    ), own (id) as (
      select id from lot where customer_id = m.customer_id and parent_id is null
      union all
      select k.id from own o join lot k on k.parent_id = o.id
    )
    select count(*) as lots, coalesce(sum(k.remaining), 0)::int8 as remaining, coalesce(sum(k.held), 0)::int8 as held,
      coalesce(sum(k.redeemed), 0)::int8 as redeemed, coalesce(sum(k.expired), 0)::int8 as expired,
      coalesce(sum(k.recalled), 0)::int8 as recalled, coalesce(sum(k.remaining) filter (where k.expires_at <= app_now()), 0)::int8 as lapsed,
      min(k.available_from) as available_from, max(k.expires_at) as expires_at
    from own join lot k on k.id = own.id
  ) l on true`;

/** Name or the shop's own number; the address only for those who may see it, or the list would tell what it hides. */
function matches(search: string, viewer: Viewer): RawBuilder<unknown> {
  const text = sql`lower(${search})`;
  const email = viewer.pii ? sql`or position(${text} in lower(coalesce(c.email, ''))) > 0` : sql``;
  return sql`(position(${text} in lower(concat_ws(' ', c.first_name, c.last_name))) > 0 or lower(c.external_id) = ${text} ${email})`;
}

function toPage(rows: Row[], limit: number, viewer: Viewer): { items: Member[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ no, released_at, customer_id, external_id, name, email, ...member }) => ({
      ...member,
      drop: { no, releasedAt: released_at },
      customer: { id: customer_id, externalId: external_id, name, email: visibleEmail(email, viewer) },
    })),
    nextCursor: rows.length > limit && last ? `${last.no}:${last.seq}` : null,
  };
}
