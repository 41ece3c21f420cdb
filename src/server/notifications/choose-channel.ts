import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { AGREED, type Agreed, afterRefusal, refusalsOf, STANDING_CONSENTS } from "./consent/refused-address";
import { decide } from "./decide";
import { addressesOf, consentOf, suppressionOf } from "./due-messages";
import type { PlannedCustomer } from "./plan-messages";
import { CATEGORY, type Channel, type MessageKind } from "./schema";
import { sendersOf } from "./senders";
import type { Settings } from "./settings";

const CHUNK = 2_000;

type Person = {
  customer_id: string;
  email: string | null;
  email_consent: string;
  sms_consent: string;
  phone: string | null;
  country: string | null;
  erased: boolean;
  bought: boolean;
  objected: boolean;
  push_consent: boolean;
} & Agreed;

/**
 * By which way each person is told: the first of the shop's order by which they may and can be reached, as decide() sees it (address,
 * suppression, objection, consent) but without what passes by itself (caps, quiet hours). Each notice is told once, on one way, so its key
 * holds no channel, and a changed order tells nothing twice. A way that is not set up counts as none while another is. SMS and push need a
 * consent even for what reports on a contract; whom none of the ways reaches is told of that by e-mail. Other notices are then planned on
 * the first way, where the outbox names the reason. Whether a message really goes out is decided when it is sent.
 */
export async function chooseChannels(
  handle: TenantTrx,
  ctx: ShopContext,
  settings: Settings,
  { kind, order, customers }: { kind: MessageKind; order: readonly Channel[]; customers: readonly PlannedCustomer[] },
): Promise<PlannedCustomer[]> {
  if (customers.length === 0) return [];
  const [first = "email"] = order;
  if (order.length === 1 && first === "email") return [...customers];
  const senders = await sendersOf(handle, ctx);
  const anyWay = senders.email ?? senders.sms ?? senders.push;
  const open = order.filter((channel) => !anyWay || senders[channel] !== null);
  const otherwise = CATEGORY[kind] === "transactional" ? "email" : first;
  const chosen: PlannedCustomer[] = [];
  for (let from = 0; from < customers.length; from += CHUNK) {
    const some = customers.slice(from, from + CHUNK);
    const ways = await waysOf(handle, ctx, settings, { kind, open, ids: some.map((one) => one.customerId) });
    chosen.push(...some.map((one) => ({ ...one, channel: ways.get(one.customerId) ?? otherwise })));
  }
  return chosen;
}

async function waysOf(
  handle: TenantTrx,
  ctx: ShopContext,
  settings: Settings,
  { kind, open, ids }: { kind: MessageKind; open: readonly Channel[]; ids: readonly string[] },
): Promise<Map<string, Channel>> {
  const { rows: people } = await sql<Person>`
    select c.id as customer_id, c.email, c.email_consent, c.sms_consent, c.phone, c.country, c.erased_at is not null as erased,
      coalesce(x.orders_count > 0, false) as bought, coalesce(o.objected, false) as objected, coalesce(o.push_consent, false) as push_consent,
      ${AGREED}
    from customer c left join customer_metrics x on x.shop_id = c.shop_id and x.customer_id = c.id
    ${STANDING_CONSENTS}
    where c.shop_id = ${ctx.shopId} and c.id = any(${[...ids]}::uuid[])`.execute(handle.trx);
  const ways = new Map<string, Channel>();
  for (const channel of open) {
    const asked = people
      .filter((person) => !ways.has(person.customer_id))
      .map((person) => ({ ...person, id: person.customer_id, channel }));
    const addresses = await addressesOf(handle, ctx, asked);
    const suppressed = await suppressionOf(handle, ctx, settings, addresses);
    const refusals = await refusalsOf(handle, ctx, settings, asked, addresses);
    for (const person of asked) {
      const address = addresses.get(person.id);
      const { objected, consent } = afterRefusal(person, consentOf(person), refusals.get(person.id));
      const { action } = decide({
        channel,
        category: CATEGORY[kind],
        recipient: {
          ...{ id: person.id, erased: person.erased, address: address?.state ?? "missing", objected },
          ...{ consent, hasBought: person.bought, timeZone: "UTC", told: false, recent: [] },
          suppressed: (address && suppressed.get(`${channel}:${address.key}`)) ?? null,
        },
        credit: { exists: true, expiresAt: null },
        campaignEnded: false,
        policy: { ...settings.policy, quiet: null },
        now: handle.now.getTime(),
      });
      if (action === "send" && (channel === "email" || consent === "granted")) ways.set(person.id, channel);
    }
  }
  return ways;
}
