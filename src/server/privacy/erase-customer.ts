import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withoutSample } from "@/server/connectors/csv/without-sample";
import { repairCustomers } from "@/server/customers/rebuild-metrics";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { customerCredit } from "@/server/ledger/customer-credit";
import { withEvidence } from "@/server/notifications/consent/change-consent";
import { refuseStanding } from "@/server/notifications/consent/refused-address";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { type ErasePreview, eraseSchema, personSchema } from "./schema";

/** What goes with the person. Orders and bookings stay under the customer's id, because the law asks for them (domain.md 4.5). */
const GONE = [
  "activity_event",
  "push_subscription",
  "opt_in_request",
  "customer_score",
  "send_window",
  "short_link",
  "test_message",
] as const;

/** Before anything is erased: what is left to spend, and whether it stays known of the address that its reader left. */
export const previewErase = (ctx: ShopContext, input: unknown): Promise<ErasePreview> => {
  const { customerId } = parseInput(personSchema, input);
  return withTenant(ctx, async (handle) => {
    const person = await readPerson(handle, ctx, customerId);
    return {
      externalId: person.external_id,
      newNumber: replaced(person.external_id) ? erasedNumber(person.id) : null,
      credit: await creditLeft({ ...ctx, trx: handle }, customerId),
      staysSuppressed: person.email !== null && person.left_email,
    };
  });
};

/**
 * Deletes what says who a customer is, in one transaction: names, addresses, birthday, tags, the shop's own fields, activity and scores. The
 * shop's number stays, so that neither its next file nor its next request brings the person back; one that is an e-mail address is replaced.
 * Credit stays spendable under it: CREDIT_LEFT unless that was seen. Erasing twice changes nothing.
 */
export async function eraseCustomer(ctx: ShopContext, input: unknown): Promise<{ erasedAt: Date }> {
  const { customerId, keepCredit } = parseInput(eraseSchema, input);
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const inner = { ...ctx, trx: handle };
    const person = await readPerson(handle, ctx, customerId, { lock: true });
    if (person.erased_at) return { erasedAt: person.erased_at };
    const [left] = await creditLeft(inner, customerId);
    if (left && !keepCredit) throw new AppError("CREDIT_LEFT", { unit: left.unit, left: left.amount.toString() });
    // A withdrawal outlives the person it was known by: whoever comes back with this address has still left.
    await refuseStanding(handle, ctx, [customerId], { smsOfShop: true });
    // What the trigger notes about the consent that ends says why, not that the shop's file did it.
    await withEvidence(handle, { basis: "manual", proof: { reason: "erased" } }, () => forgetPerson(handle, ctx, person));
    for (const table of GONE) await trx.deleteFrom(table).where("shop_id", "=", ctx.shopId).where("customer_id", "=", customerId).execute();
    await forgetTexts(handle, ctx, person);
    await repairCustomers(trx, ctx.shopId, [customerId]);
    await recordAudit(trx, ctx, { action: "customer.erased", entity: "customer", entityId: customerId, after: { keepCredit } });
    return { erasedAt: now };
  });
}

/** Some shops call their customers by the e-mail address. */
const replaced = (externalId: string): boolean => externalId.includes("@");
const erasedNumber = (id: string): string => `erased-${id}`;

const forgetPerson = ({ trx, now }: TenantTrx, ctx: ShopContext, { id, external_id, sms_consent }: Person) =>
  trx
    .updateTable("customer")
    .set({
      ...{ email: null, email_key: null, first_name: null, last_name: null, phone: null, region: null, city: null, birth_date: null },
      ...{ locale: null, time_zone: null, tags: [], custom: "{}", account_status: "DISABLED" as const },
      ...{ email_consent: "REDACTED" as const, email_consent_at: null, email_consent_basis: null },
      ...(sms_consent === "NOT_SUBSCRIBED" ? {} : { sms_consent: "REDACTED" as const }),
      ...(replaced(external_id) ? { external_id: erasedNumber(id) } : {}),
      erased_at: now,
      updated_at: now,
    })
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", id)
    .execute();

type Person = Awaited<ReturnType<typeof readPerson>>;

async function readPerson({ trx }: TenantTrx, ctx: ShopContext, customerId: string, options: { lock?: boolean } = {}) {
  const objected = sql`exists (select from consent_state s where s.shop_id = c.shop_id and s.customer_id = c.id
    and s.purpose = 'objection' and s.state = 'granted')`;
  const person = await trx
    .selectFrom("customer as c")
    .select(["c.id", "c.external_id", "c.email", "c.phone", "c.erased_at", "c.sms_consent"])
    .select(sql<boolean>`c.email_consent = 'UNSUBSCRIBED' or ${objected}`.as("left_email"))
    .where("c.shop_id", "=", ctx.shopId)
    .where("c.id", "=", customerId)
    .$if(options.lock === true, (query) => query.forUpdate("c"))
    .executeTakeFirst();
  if (!person) throw new AppError("NOT_FOUND", { entity: "customer" });
  return person;
}

async function creditLeft(ctx: ShopContext, customerId: string): Promise<ErasePreview["credit"]> {
  const { balances } = await customerCredit(ctx, customerId);
  return balances
    .map(({ unit, available, upcoming, held }) => ({ unit, amount: available + upcoming + held }))
    .filter(({ amount }) => amount > 0n);
}

/** Shorter texts are in too many lines that are about others. */
const MIN_MENTION = 4;

/** What mail servers answered, where messages went, lines of files that were refused, and the first lines of files may say who it was. */
async function forgetTexts({ trx }: TenantTrx, ctx: ShopContext, { id, email, phone, external_id }: Person): Promise<void> {
  // Events for web hooks name the customer by the shop's number.
  if (replaced(external_id))
    await sql`update outbound_event set data = jsonb_set(data, '{customerId}', to_jsonb(${erasedNumber(id)}::text))
      where shop_id = ${ctx.shopId} and customer_id = ${id} and data ->> 'customerId' = ${external_id}`.execute(trx);
  await trx
    .updateTable("message")
    .set({ error: null, address_hash: null })
    .where("shop_id", "=", ctx.shopId)
    .where("customer_id", "=", id)
    .execute();
  await trx.updateTable("delivery_event").set({ detail: null }).where("shop_id", "=", ctx.shopId).where("customer_id", "=", id).execute();
  const known = [email, phone, external_id].flatMap((text) => (text !== null && text.length >= MIN_MENTION ? [text] : []));
  const mentions = known.map((text) => `%${text.replace(/[\\%_]/g, "\\$&")}%`);
  if (mentions.length === 0) return;
  // A test may have gone to the person, too.
  await trx
    .deleteFrom("test_message")
    .where("shop_id", "=", ctx.shopId)
    .where(sql<boolean>`recipient ilike any(${mentions}::text[])`)
    .execute();
  await trx
    .updateTable("import_issue")
    .set({ value: null, raw: null })
    .where("shop_id", "=", ctx.shopId)
    .where(sql<boolean>`(raw ilike any(${mentions}::text[]) or value ilike any(${mentions}::text[]))`)
    .execute();
  await trx
    .updateTable("data_import")
    .set({ preview: withoutSample })
    .where("shop_id", "=", ctx.shopId)
    .where(sql<boolean>`preview::text ilike any(${mentions}::text[])`)
    .execute();
}
