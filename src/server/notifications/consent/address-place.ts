import { emailKey } from "@/server/customers/email-key";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { e164 } from "../channels/sms";
import { addressHash } from "../links";
import { readSettings } from "../settings";

/** An address as everything compares it, and the hash under which it is remembered. */
export type AddressPlace = { key: string; hash: Buffer };

export async function shopCountry({ trx }: TenantTrx, ctx: ShopContext): Promise<string> {
  return (await trx.selectFrom("shop").select("country").where("id", "=", ctx.shopId).executeTakeFirstOrThrow()).country;
}

/** Null for what cannot be such an address. A number without a country code is read as of the country given, else of the shop's. */
export async function placeOf(
  handle: TenantTrx,
  ctx: ShopContext,
  { channel, address, country }: { channel: "email" | "sms"; address: string; country?: string | null },
): Promise<AddressPlace | null> {
  const key = channel === "email" ? emailKey(address) : e164(address, country ?? (await shopCountry(handle, ctx)));
  return key === null ? null : { key, hash: addressHash((await readSettings(handle, ctx)).pepper, channel, key) };
}
