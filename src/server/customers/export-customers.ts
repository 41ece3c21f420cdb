import { recordAudit } from "@/server/audit/record-audit";
import { requireStrong } from "@/server/auth/session";
import { csvCell } from "@/server/csv";
import { withTenant } from "@/server/db";
import { toDecimal } from "@/server/money";
import type { ShopContext } from "@/server/tenancy/context";
import type { SignedIn } from "@/server/trpc/context";
import { metricsScale } from "./metrics";

const PAGE = 2_000;
const HEADER = [
  ...["customer_id", "email", "first_name", "last_name", "phone", "country", "region", "city", "locale", "tags", "email_consent"],
  ...["added_at", "orders", "net_spent", "currency", "last_order_at"],
];

/** Exports want a fresh proof of the password (domain.md 5.4). Throws STEP_UP_REQUIRED. */
export async function exportAllowed(signedIn: SignedIn): Promise<{ allowed: true }> {
  await requireStrong(signedIn);
  return { allowed: true };
}

/** All customers of a shop as CSV, page by page, so that memory does not grow with the shop. Who exported is in the audit log. */
export async function* exportCustomers(ctx: ShopContext): AsyncGenerator<string> {
  await withTenant(ctx, ({ trx }) => recordAudit(trx, ctx, { action: "customer.exported", entity: "shop", entityId: ctx.shopId }));
  yield `\uFEFF${HEADER.join(",")}\r\n`;
  let after: string | null = null;
  for (;;) {
    const page: { text: string; last: string | null } = await exportPage(ctx, after);
    yield page.text;
    if (page.last === null) return;
    after = page.last;
  }
}

function exportPage(ctx: ShopContext, after: string | null): Promise<{ text: string; last: string | null }> {
  return withTenant(ctx, async ({ trx }) => {
    const { currency } = await metricsScale(trx, ctx.shopId);
    const rows = await trx
      .selectFrom("customer as c")
      .innerJoin("customer_metrics as m", (join) => join.onRef("m.shop_id", "=", "c.shop_id").onRef("m.customer_id", "=", "c.id"))
      .select(["c.id", "c.external_id", "c.email", "c.first_name", "c.last_name", "c.phone", "c.country", "c.region", "c.city", "c.locale"])
      .select(["c.tags", "c.email_consent", "c.added_at", "m.orders_count", "m.net_spent", "m.last_order_at"])
      .where("c.shop_id", "=", ctx.shopId)
      .where("c.erased_at", "is", null)
      .$if(after !== null, (query) => query.where("c.id", ">", after ?? ""))
      .orderBy("c.id")
      .limit(PAGE)
      .execute();
    const lines = rows.map((c) => {
      const texts = [c.external_id, c.email, c.first_name, c.last_name, c.phone, c.country, c.region, c.city, c.locale, c.tags.join(", ")];
      const last = c.last_order_at instanceof Date ? c.last_order_at.toISOString() : "";
      // The figures are ours and digits only, so a negative amount stays a number.
      const figures = [c.email_consent, c.added_at.toISOString(), String(c.orders_count), toDecimal(c.net_spent, currency), currency, last];
      return `${[...texts.map((text) => csvCell(text ?? "")), ...figures].join(",")}\r\n`;
    });
    return { text: lines.join(""), last: rows.length === PAGE ? (rows.at(-1)?.id ?? null) : null };
  });
}
