import { sql } from "kysely";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { MessageBody } from "@/server/notifications/get-message";
import { type PreviewedPerson, previewCampaign } from "@/server/notifications/preview-campaign";
import type { Channel } from "@/server/notifications/schema";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { instantToLocal, isTimeZone } from "@/server/time";
import { type Campaign, withoutUnused } from "./campaign";
import { largestAmount } from "./offer";
import { type PlanScope, planOf, prepareLaunch, REACHABLE } from "./prepare-launch";
import { readCampaign } from "./read-campaigns";
import { zoneTimes } from "./schedule";
import { campaignIdSchema, termsTold } from "./schema";

const LANGUAGES = ["de", "en"] as const;

export type MessagePreview = {
  channel: Channel;
  languages: (MessageBody & {
    locale: (typeof LANGUAGES)[number];
    /** How many people of the treated group read it, as far as they can be told at all. */
    people: number;
    /** Whose message it is; null where an invented person stands in for one. */
    recipient: string | null;
  })[];
};

/**
 * What the people of a campaign would read: in each language, for somebody of its audience who would get it, with their amount. Where nobody
 * reads a language, and for viewers who may not see single customers, an invented person does. Null without a message.
 */
export async function previewCampaignMessage(ctx: ShopContext, input: unknown, viewer: { names: boolean }): Promise<MessagePreview | null> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const campaign = withoutUnused(await readCampaign(handle, ctx.shopId, id));
    if (!campaign.messageEnabled) return null;
    const { query, shop, summary, channel, schedule } = await prepareLaunch(handle, ctx, campaign);
    const release = schedule && schedule.runAt > handle.now ? schedule.runAt : handle.now;
    const scope = query === null || summary === null ? null : { campaign, query, shop, release };
    const found = scope ? await firstReaders(handle, ctx, scope, channel) : [];
    const readers = LANGUAGES.map((locale) => {
      const row = found.find((one) => one.locale === locale);
      // Nobody reads this language yet: the amount of somebody who reads the other one, else the most it could be.
      const amount = (row ?? found[0])?.amount ?? largestAmount(campaign.offer, campaign.amount) ?? campaign.amount;
      return {
        locale,
        row,
        params: {
          amount: amount.toString(),
          unit: campaign.unit,
          expiresAt: expiryFor(campaign, row, release),
          terms: termsTold(campaign.terms),
        },
      };
    });
    const bodies = await previewCampaign(handle, ctx, {
      ...{ campaignId: id, channel, kind: campaign.offer.type === "none" ? "campaign_message" : "credit_granted" },
      readers: readers.map(({ locale, row, params }) => ({ locale, params, person: row && viewer.names ? personOf(row) : null })),
    });
    return {
      channel,
      languages: bodies.map((body, index) => {
        const reader = readers[index];
        const { locale, row } = reader ?? { locale: LANGUAGES[0], row: undefined };
        return { ...body, locale, people: Number(row?.people ?? 0n), recipient: row && viewer.names ? row.name : null };
      }),
    };
  });
}

type Row = {
  locale: string;
  people: bigint;
  customer_id: string;
  amount: bigint;
  name: string;
  first_name: string | null;
  last_name: string | null;
  time_zone: string | null;
};

const personOf = (row: Row): PreviewedPerson => ({ customerId: row.customer_id, firstName: row.first_name, lastName: row.last_name });

/** Of each language: how many can be told, and the first of them; where nobody can be told, the first of all. */
async function firstReaders(handle: TenantTrx, ctx: ShopContext, scope: PlanScope, channel: Channel): Promise<Row[]> {
  const { rows } = await sql<Row>`
    with people as materialized (
      select p.customer_id, p.amount, ${REACHABLE[channel]} as reachable,
        case when coalesce(c.locale, s.locale) ilike 'de%' then 'de' else 'en' end as locale
      from (${await planOf(handle, ctx, scope)}) p
      join customer c on c.shop_id = ${ctx.shopId} and c.id = p.customer_id
      join shop s on s.org_id = ${ctx.orgId} and s.id = ${ctx.shopId}
      where p.reason is null and not p.held_out
    ),
    first as (select distinct on (locale) * from people order by locale, reachable desc, customer_id)
    select f.locale, (select count(*) from people p where p.locale = f.locale and p.reachable) as people, f.customer_id, f.amount,
      coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), c.external_id) as name, c.first_name, c.last_name, c.time_zone
    from first f join customer c on c.shop_id = ${ctx.shopId} and c.id = f.customer_id`.execute(handle.trx);
  return rows;
}

/** Until when this person's credit would be good, from now on without a date; by their own clock where the campaign goes by that. */
function expiryFor(campaign: Campaign, row: Row | undefined, release: Date): string | null {
  const availableLocal = campaign.availableLocal ?? instantToLocal(release, campaign.timeZone).slice(0, 16);
  const zone = row?.time_zone;
  const times = zoneTimes({ ...campaign, availableLocal }, release, zone && isTimeZone(zone) ? [zone] : []);
  return times.at(-1)?.expiresAt?.toISOString() ?? null;
}
