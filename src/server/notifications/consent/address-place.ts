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

type Typed = { channel: "email" | "sms"; address: string; country?: string | null };

/** Null for what cannot be such an address. */
export function placeIn(pepper: Buffer, { channel, address, country }: Typed): AddressPlace | null {
  const key = channel === "email" ? emailKey(address) : e164(address, country ?? null);
  return key === null ? null : { key, hash: addressHash(pepper, channel, key) };
}

/** The same of one address: a number without a country code is read as of the country given, else of the shop's. */
export const placeOf = async (handle: TenantTrx, ctx: ShopContext, typed: Typed): Promise<AddressPlace | null> =>
  placeIn((await readSettings(handle, ctx)).pepper, { ...typed, country: typed.country ?? (await shopCountry(handle, ctx)) });
