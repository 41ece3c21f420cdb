import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { readSettings } from "../settings";
import type { LintShop } from "./lint-rendered";

/** What of a shop decides about its templates: its pages, and whether an SMS of it can be answered. */
export async function lintShop(handle: TenantTrx, ctx: ShopContext): Promise<LintShop> {
  const { brand } = await readSettings(handle, ctx);
  const senders = await handle.trx
    .selectFrom("notification_channel")
    .select("settings")
    .where("shop_id", "=", ctx.shopId)
    .where("kind", "in", ["twilio", "sms_http"])
    .where("enabled", "=", true)
    .execute();
  // A number, or Twilio's pool of them; a name takes no answers.
  const numbers = senders.filter(({ settings: { from } }) => typeof from !== "string" || from.startsWith("+"));
  return { shopUrl: brand.shopUrl, stopReaches: numbers.length > 0 && numbers.length === senders.length };
}
