import { sql } from "kysely";
import type { z } from "zod";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { isTimeZone } from "@/server/time";
import { emailKey } from "./email-key";
import { type CustomerInput, customerInput } from "./schema";
import { addressLeftAt, consentColumns, knownAt, replaces, type Stated, smsByShop } from "./stated-consent";

export type UpsertResult = { id: string; outcome: "created" | "updated" | "unchanged" | "stale" };

type Input = z.output<typeof customerInput>;

/** The columns an input states. What it does not mention is not touched. */
function columnsOf(input: Input) {
  const key = input.email ? emailKey(input.email) : null;
  if (input.email && key === null) throw new AppError("VALIDATION", { fields: JSON.stringify({ fieldErrors: { email: ["invalid"] } }) });
  if (input.timeZone && !isTimeZone(input.timeZone))
    throw new AppError("VALIDATION", { fields: JSON.stringify({ fieldErrors: { timeZone: ["invalid"] } }) });
  const stated = {
    email: input.email === undefined ? undefined : (input.email?.normalize("NFC") ?? null),
    email_key: input.email === undefined ? undefined : key,
    first_name: input.firstName,
    last_name: input.lastName,
    phone: input.phone,
    country: input.country,
    region: input.region,
    city: input.city,
    locale: input.locale,
    time_zone: input.timeZone,
    birth_date: input.birthDate,
    tags: input.tags && [...new Set(input.tags)],
    account_status: input.accountStatus,
    custom: input.custom && JSON.stringify(input.custom),
    added_at: input.addedAt,
    source_updated_at: input.updatedAt,
  };
  return Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined)) as Partial<typeof stated>;
}

/** A date that is yet to come is none: consent given later than now would outlive every withdrawal. */
function statedConsent({ emailConsent, emailConsentAt: at }: Input, now: Date): Stated | undefined {
  return emailConsent && { state: emailConsent, at: at && at <= now ? at : null };
}

/** Creates or updates the customer that the shop calls `externalId`. The same call twice changes nothing the second time. */
export const upsertCustomer = async (ctx: ShopContext, raw: CustomerInput): Promise<UpsertResult> =>
  upsertParsedCustomer(ctx, parseInput(customerInput, raw));

/** The same for input that was parsed at the boundary already. */
export async function upsertParsedCustomer(ctx: ShopContext, input: Input): Promise<UpsertResult> {
  const stated = columnsOf(input);
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const consent = statedConsent(input, now);
    const leftAt = (key: string | null | undefined) =>
      // Nothing stated is no consent either: who left under another number has left.
      (!consent || consent.state === "SUBSCRIBED") && key
        ? addressLeftAt(handle, ctx, { externalId: input.externalId, key, consentAt: consent?.at ?? null })
        : null;
    const left = await leftAt(stated.email_key);
    const first = left ? ({ state: "UNSUBSCRIBED", at: left } as const) : consent;
    const created = await trx
      .insertInto("customer")
      .values({
        ...stated,
        ...(first && consentColumns(first, now)),
        ...(input.smsConsent && { sms_consent: input.smsConsent }),
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        external_id: input.externalId,
        custom: stated.custom ?? "{}",
      })
      .onConflict((conflict) => conflict.columns(["shop_id", "external_id"]).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (created) return { id: created.id, outcome: "created" };
    const current = await trx
      .selectFrom("customer as c")
      .select(["c.id", "c.source_updated_at", "c.erased_at", "c.email_key", "c.email_consent", "c.sms_consent"])
      .select([
        (consent ? knownAt : sql<Date | null>`null`).as("consent_at"),
        (input.smsConsent ? smsByShop : sql<boolean>`true`).as("sms_by_shop"),
      ])
      .where("c.shop_id", "=", ctx.shopId)
      .where("c.external_id", "=", input.externalId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const isOlder = input.updatedAt && current.source_updated_at && input.updatedAt < current.source_updated_at;
    if (isOlder || current.erased_at) return { id: current.id, outcome: "stale" };
    const known = { state: current.email_consent, at: current.consent_at };
    const counts = consent && replaces(consent, known) && !(left ?? (input.email === undefined && (await leftAt(current.email_key))));
    const columns = {
      ...stated,
      ...(counts && consentColumns(consent, now)),
      ...(input.smsConsent && (current.sms_consent !== "UNSUBSCRIBED" || current.sms_by_shop) && { sms_consent: input.smsConsent }),
    };
    const names = Object.keys(columns);
    if (names.length === 0) return { id: current.id, outcome: "unchanged" };
    const ofRow = sql.join(names.map((name) => sql.ref(name)));
    const ofInput = sql.join(
      Object.entries(columns).map(([name, value]) =>
        name === "custom" ? sql`${value}::jsonb` : name === "tags" ? sql`${value}::text[]` : sql`${value}`,
      ),
    );
    const updated = await trx
      .updateTable("customer")
      .set({ ...columns, updated_at: now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", current.id)
      .where(sql<boolean>`row(${ofRow}) is distinct from row(${ofInput})`)
      .executeTakeFirst();
    return { id: current.id, outcome: updated.numUpdatedRows > 0n ? "updated" : "unchanged" };
  });
}
