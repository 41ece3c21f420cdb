import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { Channel } from "../schema";
import { placeOf } from "./address-place";

/** Whom a message was for, the address it went to and the one they have today, both by hash. */
export type Sent = {
  customerId: string;
  channel: Channel;
  erased: boolean;
  /** Null where nothing is known of it: by push, or without an address. */
  hash: Buffer | null;
  present: Buffer | null;
  phone: string | null;
  country: string | null;
};

/** Null for an id that is none of the shop's. A message of before its address was kept went to the one of today. */
export async function sentTo(handle: TenantTrx, ctx: ShopContext, messageId: string): Promise<Sent | null> {
  const row = await handle.trx
    .selectFrom("message as m")
    .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "m.shop_id").onRef("c.id", "=", "m.customer_id"))
    .select(["m.channel", "m.customer_id as customerId", "m.address_hash", "c.email", "c.phone", "c.country", "c.erased_at"])
    .where("m.shop_id", "=", ctx.shopId)
    .where("m.id", "=", messageId)
    .executeTakeFirst();
  if (!row) return null;
  const { channel, customerId, address_hash, phone, country } = row;
  const address = channel === "email" ? row.email : channel === "sms" ? phone : null;
  const present = channel !== "push" && address !== null ? await placeOf(handle, ctx, { channel, address, country }) : null;
  const hashes = { hash: address_hash ?? present?.hash ?? null, present: present?.hash ?? null };
  return { customerId, channel, erased: row.erased_at !== null, phone, country, ...hashes };
}

/**
 * Whether what is said about these addresses is said about the customer, too: they have one of them today. Where no address is known, the
 * message's way is what they leave.
 */
export const isTheirs = ({ hash, present }: Sent, named: Buffer | null = null): boolean =>
  hash === null || (present !== null && [hash, named].some((one) => one?.equals(present)));
