import { sql } from "kysely";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { e164 } from "./channels/sms";
import { subscribersEndingLike } from "./consent/opt-out";
import type { Address, DueMessage } from "./due-messages";
import type { Channel } from "./schema";

/** What several customers of one address got there. */
export type Shared = {
  /** When the address was last written to, whoever of them was meant. */
  recent: number[];
  /** What was told there, by the part of a message's key that names no customer. */
  told: Set<string>;
};
type Asked = Pick<DueMessage, "id" | "customer_id" | "campaign_id" | "category" | "channel" | "key">;

/** Names an address for the caps: two customers with one mailbox are one reader. Without an address the customer stands for it. */
export const placeOfMessage = ({ customer_id, channel }: Pick<Asked, "customer_id" | "channel">, address: Address | undefined): string =>
  `${channel}:${address?.key || customer_id}`;

/** What names a campaign's message apart from the customer; null for what each customer is told of their own. */
export const storyOf = ({ campaign_id, category, key, customer_id }: Asked): string | null =>
  campaign_id !== null && category === "marketing" && key.endsWith(customer_id) ? key.slice(0, -customer_id.length) : null;

/**
 * The addresses of a batch that several customers have, with what was sent to any of them. Two more reads where there are such, one or two
 * where there are none.
 */
export async function sharedAddresses(
  handle: TenantTrx,
  ctx: ShopContext,
  rows: readonly Asked[],
  addresses: ReadonlyMap<string, Address>,
): Promise<Map<string, Shared>> {
  const wanted = { email: new Set<string>(), sms: new Set<string>() };
  for (const { id, channel, category } of rows) {
    const key = addresses.get(id)?.key ?? "";
    if (category === "marketing" && channel !== "push" && key !== "") wanted[channel].add(key);
  }
  const people = new Map([
    ...(await peopleByEmail(handle, ctx, [...wanted.email])),
    ...(await peopleByNumber(handle, ctx, [...wanted.sms])),
  ]);
  const shared = new Map<string, Shared>();
  if (people.size === 0) return shared;
  const places = new Map<string, string>();
  for (const [place, ids] of people) {
    shared.set(place, { recent: [], told: new Set() });
    for (const id of ids) places.set(`${channelOf(place)}:${id}`, place);
  }
  await readWindows(handle, ctx, places, shared);
  await readTold(handle, ctx, people, rows, addresses, shared);
  return shared;
}

const channelOf = (place: string): Channel => (place.startsWith("sms:") ? "sms" : "email");

async function peopleByEmail({ trx }: TenantTrx, ctx: ShopContext, keys: readonly string[]): Promise<[string, string[]][]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<{ key: string; ids: string[] }>`
    select email_key as key, array_agg(id) as ids from customer
    where shop_id = ${ctx.shopId} and email_key = any(${[...keys]}::text[]) group by 1 having count(*) > 1`.execute(trx);
  return rows.map(({ key, ids }) => [`email:${key}`, ids]);
}

/** Numbers are written in many ways: found by their last digits, as the index has them, and compared as they are dialled. */
async function peopleByNumber(handle: TenantTrx, ctx: ShopContext, keys: readonly string[]): Promise<[string, string[]][]> {
  if (keys.length === 0) return [];
  const rows = await subscribersEndingLike(handle, ctx, keys).execute();
  const wanted = new Set(keys);
  const found = new Map<string, string[]>();
  for (const { id, phone, country } of rows) {
    const key = e164(phone?.trim() ?? "", country);
    if (key !== null && wanted.has(key)) found.set(`sms:${key}`, [...(found.get(`sms:${key}`) ?? []), id]);
  }
  return [...found].filter(([, ids]) => ids.length > 1);
}

async function readWindows(
  { trx }: TenantTrx,
  ctx: ShopContext,
  places: ReadonlyMap<string, string>,
  shared: ReadonlyMap<string, Shared>,
): Promise<void> {
  const ids = [...new Set([...places.keys()].map((key) => key.slice(key.indexOf(":") + 1)))];
  const { rows } = await sql<{ customer_id: string; channel: Channel; recent: Date[] }>`
    select customer_id, channel, recent from send_window
    where shop_id = ${ctx.shopId} and customer_id = any(${ids}::uuid[]) and channel in ('email', 'sms')`.execute(trx);
  for (const { customer_id, channel, recent } of rows)
    shared.get(places.get(`${channel}:${customer_id}`) ?? "")?.recent.push(...recent.map((at) => at.getTime()));
}

/** Which stories of the batch somebody else with the address was told already, or may have been. */
async function readTold(
  { trx }: TenantTrx,
  ctx: ShopContext,
  people: ReadonlyMap<string, string[]>,
  rows: readonly Asked[],
  addresses: ReadonlyMap<string, Address>,
  shared: ReadonlyMap<string, Shared>,
): Promise<void> {
  // Thousands may share a placeholder: each of their messages is looked for once, not once for each row of the batch.
  const stories = new Map<string, { place: string; story: string; channel: Channel }>();
  for (const row of rows) {
    const place = placeOfMessage(row, addresses.get(row.id));
    const story = storyOf(row);
    if (story !== null && people.has(place)) stories.set(`${place} ${story}`, { place, story, channel: row.channel });
  }
  const asked = new Map<string, { place: string; story: string }>();
  for (const { place, story, channel } of stories.values())
    for (const id of people.get(place) ?? []) asked.set(`${channel}:${story}${id}`, { place, story });
  if (asked.size === 0) return;
  const keys = [...new Set([...asked.keys()].map((key) => key.slice(key.indexOf(":") + 1)))];
  const { rows: told } = await sql<{ channel: Channel; key: string }>`
    select channel, key from message
    where shop_id = ${ctx.shopId} and key = any(${keys}::text[]) and status in ('sending', 'sent', 'unknown')`.execute(trx);
  for (const { channel, key } of told) {
    const one = asked.get(`${channel}:${key}`);
    if (one) shared.get(one.place)?.told.add(one.story);
  }
}
