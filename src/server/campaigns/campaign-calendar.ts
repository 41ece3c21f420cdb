import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { isoDateToDay, localToInstant, startOfLocalDay } from "@/server/time";
import { readShop } from "./read-campaigns";
import { monthlyLocal } from "./schedule";
import { type CampaignStatus, calendarSchema, repeatSchema } from "./schema";

/** One date on which credit goes out, went out, or would if its draft were launched. Cost in minor units of `unit`. */
export type CalendarEntry = {
  id: string;
  name: string;
  status: CampaignStatus;
  at: Date;
  unit: string;
  people: number | null;
  cost: bigint | null;
  repeat: boolean;
};

/** More than this in six weeks is a list, not a calendar. */
const MAX_ENTRIES = 300;
/** A hundred years of months. */
const MAX_RUNS = 1_200;
const OPEN: readonly CampaignStatus[] = ["draft", "submitted", "approved", "scheduled", "running", "paused"];

/** Everything between two days of the shop (both included), earliest first. */
export async function campaignCalendar(ctx: ShopContext, input: unknown): Promise<CalendarEntry[]> {
  const { from, to } = parseInput(calendarSchema, input);
  return withTenant(ctx, async (handle) => {
    const { timeZone } = await readShop(handle, ctx.shopId);
    const span = { from: startOfLocalDay(isoDateToDay(from), timeZone), to: startOfLocalDay(isoDateToDay(to) + 1, timeZone) };
    const entries = [...(await dropsWithin(handle, ctx.shopId, span)), ...(await plannedWithin(handle, ctx.shopId, span))];
    return entries.sort((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1));
  });
}

type Span = { from: Date; to: Date };

/** Dates that exist as drops: past ones with what they granted, coming ones with nothing yet. */
async function dropsWithin({ trx }: TenantTrx, shopId: string, span: Span): Promise<CalendarEntry[]> {
  const at = sql<Date>`coalesce(d.released_at, d.run_at)`;
  const repeat = sql<string>`c.repeat->>'type'`;
  const rows = await trx
    .selectFrom("campaign_drop as d")
    .innerJoin("campaign as c", (join) => join.onRef("c.shop_id", "=", "d.shop_id").onRef("c.id", "=", "d.campaign_id"))
    .select(["c.id", "c.name", "c.status", "d.unit", "d.frozen_at", "d.treated", "d.granted_total"])
    .select([at.as("at"), repeat.as("repeat"), sql<string>`c.offer->>'type'`.as("offer")])
    .where("d.shop_id", "=", shopId)
    .where("d.status", "!=", "cancelled")
    .where("c.archived_at", "is", null)
    // Whoever enters a segment makes a drop of a few people within minutes; the calendar shows when that began.
    .where(sql<boolean>`(${repeat} <> 'entry' or d.no = 1)`)
    .where(at, ">=", span.from)
    .where(at, "<", span.to)
    .orderBy(at)
    .limit(MAX_ENTRIES)
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, name: row.name, status: row.status, at: row.at, unit: row.unit },
    people: row.frozen_at ? row.treated : null,
    cost: row.frozen_at && row.offer !== "none" ? row.granted_total : null,
    repeat: row.repeat !== "none",
  }));
}

/** Dates nobody has made a drop of yet: drafts, requests for approval, and the coming runs of repeated campaigns. */
async function plannedWithin({ trx }: TenantTrx, shopId: string, span: Span): Promise<CalendarEntry[]> {
  const newest = sql<Date | null>`(select max(d.run_at) from campaign_drop d
    where d.shop_id = c.shop_id and d.campaign_id = c.id and d.status <> 'cancelled')`;
  const rows = await trx
    .selectFrom("campaign as c")
    .select(["c.id", "c.name", "c.status", "c.unit", "c.available_local", "c.time_zone", "c.repeat", "c.ends_at"])
    .select(newest.as("newest"))
    .where("c.shop_id", "=", shopId)
    .where("c.status", "in", [...OPEN])
    .where("c.archived_at", "is", null)
    .where("c.available_local", "is not", null)
    .orderBy("c.id", "desc")
    .limit(MAX_ENTRIES)
    .execute();
  return rows.flatMap((row) => {
    const repeat = repeatSchema.parse(row.repeat);
    const every = repeat.type === "monthly" ? repeat.every : null;
    return datesOf({ local: row.available_local ?? "", timeZone: row.time_zone, every, newest: row.newest, endsAt: row.ends_at }, span).map(
      (at) => ({
        ...{ id: row.id, name: row.name, status: row.status, at, unit: row.unit },
        ...{ people: null, cost: null, repeat: repeat.type !== "none" },
      }),
    );
  });
}

type Planned = { local: string; timeZone: string; every: number | null; newest: Date | null; endsAt: Date | null };

/** Coming dates that are no drops: the first one before the launch, and of monthly ones those after the newest drop. Exported for its test. */
export function datesOf({ local, timeZone, every, newest, endsAt }: Planned, span: Span): Date[] {
  const within = (at: Date) => at >= span.from && at < span.to;
  if (every === null) return newest === null ? [localToInstant(local, timeZone)].filter(within) : [];
  const dates: Date[] = [];
  for (let k = 0; k < MAX_RUNS; k++) {
    const at = localToInstant(monthlyLocal(local, every, k), timeZone);
    if (at >= span.to || (endsAt !== null && at >= endsAt)) break;
    if (within(at) && (newest === null || at > newest)) dates.push(at);
  }
  return dates;
}
