import { sql } from "kysely";
import { z } from "zod";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { termsOfLots } from "../credit-terms";
import { bodyOf, type MessageBody } from "../get-message";
import { exampleLinks } from "../links";
import { type Brand, type Channel, creditParamsSchema, type MessageKind, messageKindSchema } from "../schema";
import { readSettings } from "../settings";
import { compileTemplate, contentFor, type Rendered, renderTemplate } from "./compile";
import { lintTemplate } from "./lint";
import { lintShop } from "./lint-shop";
import { OutputTooLong } from "./liquid";
import { recommendationsFor } from "./recommendations";
import { exampleCredit, sampleValues } from "./sample";
import { type LintIssue, lintInputSchema, previewTemplateSchema, variablesOf } from "./schema";
import { greeted, type MessageLocale, type Values, valuesOf } from "./values";

/** `exampleCredit`: the person has none to spend, and what is said of credit is an example. */
export type TemplatePreview = MessageBody & { issues: LintIssue[]; exampleCredit: boolean };

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
    const { rendered, exampleCredit } = await renderFor(ctx, wanted);
    return { ...bodyOf(rendered), issues, exampleCredit };
  } catch (error) {
    if (error instanceof AppError) throw error;
    // With the values of this person only: the linter's own example may have been short enough.
    if (error instanceof OutputTooLong && !issues.some(({ code, locale }) => code === "tooLong" && locale === wanted.locale))
      issues.push({ level: "error", code: "tooLong", locale: wanted.locale, path: "", params: { max: error.max } });
    const broken = error instanceof Error ? error.message : String(error);
    return { subject: "", html: "", text: "", sms: null, push: null, broken, issues, exampleCredit: false };
  }
}

type Wanted = z.output<typeof previewTemplateSchema>;

/** What is written, as it stands in the editor, with the values of a customer or of an invented person. */
export async function renderFor(ctx: ShopContext, wanted: Wanted): Promise<{ rendered: Rendered; exampleCredit: boolean }> {
  const { kind, channel, locale } = wanted;
  const { brand, shopName, values, example } = await withTenant(ctx, async (handle) => {
    const { brand, shop } = await about(handle, ctx, wanted.brand);
    return { brand, shopName: shop.name, ...(await valuesFor(handle, ctx, { ...wanted, shop })) };
  });
  const content = contentFor(channel, wanted.content)[locale];
  const template = await compileTemplate({ kind, channel, locale, content, brand, shopName });
  return { rendered: renderTemplate(template, values), exampleCredit: example && kind.startsWith("credit_") };
}

type AboutShop = { name: string; timeZone: string; url: string | null; currency: string };

async function about(handle: TenantTrx, ctx: ShopContext, given?: Brand) {
  const brand = given ?? (await readSettings(handle, ctx)).brand;
  const shop = await handle.trx
    .selectFrom("shop")
    .select(["name", "time_zone", "currency"])
    .where("id", "=", ctx.shopId)
    .executeTakeFirstOrThrow();
  const here: AboutShop = { name: shop.name, timeZone: shop.time_zone, url: brand.shopUrl, currency: shop.currency };
  return { brand, shop: here };
}

type For = { kind: MessageKind; channel: Channel; customerId?: string | null; locale: MessageLocale; shop: AboutShop };
/** `example`: of a real customer, but with credit that they do not have. */
type ForPreview = { values: Values; example: boolean };

/** The values of a customer, or of an invented person where none is chosen. */
const valuesFor = async (handle: TenantTrx, ctx: ShopContext, { customerId, ...wanted }: For): Promise<ForPreview> =>
  customerId
    ? await customerValues(handle, ctx, { ...wanted, customerId })
    : { values: sampleValues(wanted.locale, wanted.shop, wanted.channel), example: false };

/**
 * A customer's own values: their name, the credit they can spend now with its conditions, what suits what they bought. Of several units
 * the one that ends first.
 */
async function customerValues(
  handle: TenantTrx,
  ctx: ShopContext,
  { kind, channel, customerId, locale, shop }: For & { customerId: string },
): Promise<ForPreview> {
  const person = await handle.trx
    .selectFrom("customer")
    .select(["first_name", "last_name"])
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", customerId)
    .executeTakeFirst();
  if (!person) throw new AppError("NOT_FOUND");
  const spendable = sql`l.customer_id = ${customerId} and l.remaining > 0 and l.available_from <= ${handle.now}
    and (l.expires_at is null or l.expires_at > ${handle.now})`;
  const credit = await sql<{ unit: string; amount: bigint; expires_at: Date | null; terms: unknown }>`
    select c.*, ${termsOfLots(ctx.shopId, sql`${spendable} and l.unit = c.unit`)} as terms
    from (select l.unit, sum(l.remaining)::bigint as amount, min(l.expires_at) as expires_at from ledger.lot l
      where l.shop_id = ${ctx.shopId} and ${spendable} group by l.unit order by 3 nulls last limit 1) c`.execute(handle.trx);
  const lot = credit.rows[0];
  const recommended = await recommendationsFor(handle, ctx, [customerId]);
  const own = lot && { amount: lot.amount.toString(), unit: lot.unit, expiresAt: lot.expires_at?.toISOString() ?? null, terms: lot.terms };
  const values = valuesOf({
    locale,
    params: own ? creditParamsSchema.parse(own) : exampleCredit(shop.currency),
    person: greeted(kind, { firstName: person.first_name, lastName: person.last_name }),
    shop,
    recommendations: recommended.get(customerId) ?? [],
    links: exampleLinks(channel),
  });
  return { values, example: own === undefined };
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
      (await valuesFor(handle, ctx, { kind, channel: "email", customerId, shop, locale: "de" })).values,
      (await valuesFor(handle, ctx, { kind, channel: "email", customerId, shop, locale: "en" })).values,
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
