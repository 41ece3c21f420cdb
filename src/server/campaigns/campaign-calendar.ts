import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { isoDateToDay, localToInstant, startOfLocalDay } from "@/server/time";
import type { Campaign } from "./campaign";
import { readCampaigns, readShop } from "./read-campaigns";
import { monthlyLocal } from "./schedule";
import { type CampaignStatus, calendarSchema } from "./schema";

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

/** A month has at most six weeks; more campaigns than this in them are a list, not a calendar. */
const MAX_CAMPAIGNS = 300;
/** Runs of one repeated campaign in at most 62 days. */
const MAX_RUNS = 4;
const OPEN: readonly CampaignStatus[] = ["submitted", "approved", "scheduled", "running", "paused"];

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
  const rows = await trx
    .selectFrom("campaign_drop as d")
    .innerJoin("campaign as c", (join) => join.onRef("c.shop_id", "=", "d.shop_id").onRef("c.id", "=", "d.campaign_id"))
    .select(["c.id", "c.name", "c.status", "c.repeat", "d.unit", "d.frozen_at", "d.treated", "d.granted_total"])
    .select(({ fn }) => fn.coalesce("d.released_at", "d.run_at").as("at"))
    .where("d.shop_id", "=", shopId)
    .where("d.status", "!=", "cancelled")
    .where("c.archived_at", "is", null)
    .where((eb) => eb.and([eb(eb.fn.coalesce("d.released_at", "d.run_at"), ">=", span.from)]))
    .where((eb) => eb.and([eb(eb.fn.coalesce("d.released_at", "d.run_at"), "<", span.to)]))
    .orderBy("d.run_at")
    .limit(MAX_CAMPAIGNS)
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, name: row.name, status: row.status, at: row.at, unit: row.unit },
    people: row.frozen_at ? row.treated : null,
    cost: row.frozen_at ? row.granted_total : null,
    repeat: JSON.stringify(row.repeat).includes('"type":"none"') === false,
  }));
}

/** Dates nobody has made a drop of yet: drafts, requests for approval, and the coming runs of repeated campaigns. */
async function plannedWithin(handle: TenantTrx, shopId: string, span: Span): Promise<CalendarEntry[]> {
  const campaigns = await readCampaigns(handle, shopId, { statuses: ["draft", ...OPEN], limit: MAX_CAMPAIGNS });
  return campaigns.flatMap((campaign) =>
    datesOf(campaign, span)
      .filter((at) => at >= span.from && at < span.to)
      .map((at) => ({
        ...{ id: campaign.id, name: campaign.name, status: campaign.status, at, unit: campaign.unit },
        ...{ people: null, cost: null, repeat: campaign.repeat.type !== "none" },
      })),
  );
}

/** Coming dates that are no drops: the first one before the launch, and from then on the months after the newest drop. */
function datesOf(campaign: Campaign, span: Span): Date[] {
  const { availableLocal, repeat, timeZone, drop, endsAt } = campaign;
  if (availableLocal === null) return [];
  const known = drop?.runAt ?? null;
  const first = localToInstant(availableLocal, timeZone);
  if (repeat.type !== "monthly") return known === null ? [first] : [];
  const dates: Date[] = [];
  for (let k = 0; dates.length < MAX_RUNS; k++) {
    const at = localToInstant(monthlyLocal(availableLocal, repeat.every, k), timeZone);
    if (at >= span.to || (endsAt !== null && at >= endsAt)) break;
    if (at >= span.from && (known === null || at > known)) dates.push(at);
  }
  return dates;
}
