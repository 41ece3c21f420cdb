import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { bodyOf, type MessageBody } from "../get-message";
import { exampleLinks } from "../links";
import { type Brand, messageKindSchema } from "../schema";
import { readSettings } from "../settings";
import { compileTemplate, contentFor, type Rendered, renderTemplate } from "./compile";
import { lintTemplate } from "./lint";
import { lintShop } from "./lint-shop";
import { OutputTooLong } from "./liquid";
import { recommendationsFor } from "./recommendations";
import { sampleValues } from "./sample";
import { type LintIssue, lintInputSchema, previewTemplateSchema, variablesOf } from "./schema";
import { type MessageLocale, type Values, valuesOf } from "./values";

export type TemplatePreview = MessageBody & { issues: LintIssue[] };

export async function lintContent(ctx: ShopContext, input: unknown): Promise<{ issues: LintIssue[] }> {
  const { kind, channel, content } = parseInput(lintInputSchema, input);
  const { brand, shop } = await withTenant(ctx, async (handle) => ({
    brand: (await readSettings(handle, ctx)).brand,
    shop: await lintShop(handle, ctx),
  }));
  const issues = await lintTemplate(kind, channel, contentFor(channel, content), shop);
  if (channel === "email" && (brand.footer.company === "" || brand.footer.address === ""))
    issues.push({ level: "warning", code: "noFooter", locale: "de", path: "footer", params: {} });
  return { issues };
}

/** What a template would say to a real customer, or to an invented one. Nothing is sent, and its links belong to nobody. */
export async function previewTemplate(ctx: ShopContext, input: unknown): Promise<TemplatePreview> {
  const wanted = parseInput(previewTemplateSchema, input);
  const { issues } = await lintContent(ctx, wanted);
  try {
    return { ...bodyOf(await renderFor(ctx, wanted)), issues };
  } catch (error) {
    if (error instanceof AppError) throw error;
    // With the values of this person only: the linter's own example may have been short enough.
    if (error instanceof OutputTooLong && !issues.some(({ code, locale }) => code === "tooLong" && locale === wanted.locale))
      issues.push({ level: "error", code: "tooLong", locale: wanted.locale, path: "", params: { max: error.max } });
    const broken = error instanceof Error ? error.message : String(error);
    return { subject: "", html: "", text: "", sms: null, push: null, broken, issues };
  }
}

type Wanted = z.output<typeof previewTemplateSchema>;

/** What is written, as it stands in the editor, with the values of a customer or of an invented person. */
export async function renderFor(ctx: ShopContext, wanted: Wanted): Promise<Rendered> {
  const { kind, channel, locale } = wanted;
  const { brand, shopName, values } = await withTenant(ctx, async (handle) => {
    const { brand, shop } = await about(handle, ctx, wanted.brand);
    return { brand, shopName: shop.name, values: await valuesFor(handle, ctx, { ...wanted, shop }) };
  });
  const content = contentFor(channel, wanted.content)[locale];
  return renderTemplate(await compileTemplate({ kind, channel, locale, content, brand, shopName }), values);
}

type AboutShop = { name: string; timeZone: string; url: string | null };

async function about(handle: TenantTrx, ctx: ShopContext, given?: Brand) {
  const brand = given ?? (await readSettings(handle, ctx)).brand;
  const shop = await handle.trx.selectFrom("shop").select(["name", "time_zone"]).where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
  const here: AboutShop = { name: shop.name, timeZone: shop.time_zone, url: brand.shopUrl };
  return { brand, shop: here };
}

type For = { customerId?: string | null; locale: MessageLocale; shop: AboutShop };

/** The values of a customer, or of an invented person where none is chosen. */
const valuesFor = async (handle: TenantTrx, ctx: ShopContext, { customerId, locale, shop }: For): Promise<Values> =>
  customerId ? await customerValues(handle, ctx, customerId, locale, shop) : sampleValues(locale, shop);

/** A customer's own values: their name, the credit they have that ends first, what suits what they bought. */
async function customerValues(
  handle: TenantTrx,
  ctx: ShopContext,
  customerId: string,
  locale: MessageLocale,
  shop: AboutShop,
): Promise<Values> {
  const person = await handle.trx
    .selectFrom("customer")
    .select(["first_name", "last_name"])
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", customerId)
    .executeTakeFirst();
  if (!person) throw new AppError("NOT_FOUND");
  const credit = await sql<{ unit: string; amount: bigint; expires_at: Date | null }>`
    select unit, sum(remaining)::bigint as amount, min(expires_at) as expires_at from ledger.lot
    where shop_id = ${ctx.shopId} and customer_id = ${customerId} and remaining > 0 and (expires_at is null or expires_at > ${handle.now})
    group by unit order by 3 nulls last limit 1`.execute(handle.trx);
  const lot = credit.rows[0];
  const recommended = await recommendationsFor(handle, ctx, [customerId]);
  const params = lot
    ? { amount: lot.amount.toString(), unit: lot.unit, expiresAt: lot.expires_at?.toISOString() ?? null }
    : { amount: "1000", unit: "EUR", expiresAt: null };
  return valuesOf({
    locale,
    params,
    person: { firstName: person.first_name, lastName: person.last_name },
    shop,
    recommendations: recommended.get(customerId) ?? [],
    links: exampleLinks(),
  });
}

const LABELS: Record<string, { de: string; en: string }> = {
  first_name: { de: "Vorname", en: "First name" },
  last_name: { de: "Nachname", en: "Last name" },
  shop: { de: "Name des Shops", en: "Shop name" },
  shop_url: { de: "Adresse des Shops", en: "Shop address" },
  amount: { de: "Betrag des Guthabens", en: "Amount of credit" },
  currency: { de: "Währung", en: "Currency" },
  expires: { de: "Gültigkeit als Satz", en: "Validity as a sentence" },
  expires_date: { de: "Letzter Tag", en: "Last day" },
  expires_time: { de: "Letzte Uhrzeit", en: "Last time of day" },
  conditions: { de: "Bedingungen als Satz", en: "Conditions as a sentence" },
  min_order: { de: "Mindestbestellwert", en: "Minimum order value" },
  recommendations: { de: "Empfehlungen", en: "Recommendations" },
  confirm_url: { de: "Adresse zum Bestätigen", en: "Address for confirming" },
  unsubscribe_url: { de: "Adresse zum Abmelden", en: "Address for opting out" },
  preferences_url: { de: "Adresse der Einstellungen", en: "Address of the settings" },
};

export const templateVariablesSchema = z.object({ kind: messageKindSchema, customerId: z.uuid().nullish() });

/** The variables an event knows, with the values of a customer or of an invented person, for completion in the editor. */
export async function templateVariables(ctx: ShopContext, input: unknown) {
  const { kind, customerId } = parseInput(templateVariablesSchema, input);
  const [de, en] = await withTenant(ctx, async (handle) => {
    const { shop } = await about(handle, ctx);
    return [
      await valuesFor(handle, ctx, { customerId, shop, locale: "de" }),
      await valuesFor(handle, ctx, { customerId, shop, locale: "en" }),
    ] as const;
  });
  const shown = (value: Values[keyof Values]) => (typeof value === "string" ? value : value.map(({ title }) => title).join(", "));
  return variablesOf(kind).map(({ name, type }) => ({
    name,
    type,
    label: LABELS[name] ?? { de: name, en: name },
    sample: { de: shown(de[name]), en: shown(en[name]) },
  }));
}
