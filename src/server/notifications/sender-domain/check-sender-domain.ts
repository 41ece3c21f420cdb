import { sql } from "kysely";
import { tellOfDomain } from "@/server/campaigns/notices";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { createDns, type Dns } from "./ask-dns";
import { checkDomain } from "./check-domain";
import { senderFacts } from "./facts";
import { type Finding, RETIRED_DAYS, type SenderDomainView, stateOf } from "./schema";
import { viewSenderDomain } from "./view-sender-domain";

/** Asks the DNS now and keeps what it says. No transaction is open while name servers take their time. */
export async function checkSenderDomain(ctx: ShopContext, dns: Dns = createDns()): Promise<SenderDomainView> {
  const facts = await withTenant(ctx, (handle) => senderFacts(handle, ctx));
  if (!facts) throw new AppError("SENDER_MISSING");
  const findings = await checkDomain(dns, facts);
  await withTenant(ctx, (handle) => record(handle, ctx, facts.domain, findings));
  return viewSenderDomain(ctx);
}

/** The nightly check: of shops whose e-mails leave, quicker to give up, since many wait behind it. */
export async function checkNightly(ctx: ShopContext, dns?: Dns): Promise<{ checked: number }> {
  const facts = await withTenant(ctx, async (handle) => {
    await forgetRetired(handle, ctx);
    return senderFacts(handle, ctx);
  });
  if (!facts || facts.server === null) return { checked: 0 };
  await checkSenderDomain(ctx, dns ?? createDns({ deadlineMs: 6_000, timeoutMs: 1_500 }));
  return { checked: 1 };
}

async function record(handle: TenantTrx, ctx: ShopContext, domain: string, findings: readonly Finding[]): Promise<void> {
  const { trx, now } = handle;
  await sql`insert into sender_domain (org_id, shop_id) values (${ctx.orgId}, ${ctx.shopId}) on conflict do nothing`.execute(trx);
  const before = await trx
    .selectFrom("sender_domain")
    .select(["domain", "bad_since", "incident"])
    .where("shop_id", "=", ctx.shopId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const state = stateOf(findings);
  const known = before.domain === domain;
  const open = known && before.incident !== null ? { bad_since: before.bad_since, incident: before.incident } : null;
  const incident = crypto.randomUUID();
  // A night without answers neither ends a mistake nor begins one.
  const bad =
    state === "error" ? (open ?? { bad_since: now, incident }) : state === "unasked" && open ? open : { bad_since: null, incident: null };
  await trx
    .updateTable("sender_domain")
    .set({ domain, checked_at: now, state, findings: JSON.stringify(findings), ...bad })
    .where("shop_id", "=", ctx.shopId)
    .execute();
  // Whoever checks for the first time sees the result; told is what was in order and no longer is.
  if (known && bad.incident === incident) await tellOfDomain(handle, ctx, incident);
}

/** Retired keys stay listed for a month after their records may go: long enough for somebody to take them out of the DNS. */
const FORGET_DAYS = 30;

async function forgetRetired({ trx, now }: TenantTrx, ctx: ShopContext): Promise<void> {
  await trx
    .deleteFrom("dkim_key")
    .where("shop_id", "=", ctx.shopId)
    .where("state", "=", "retired")
    .where("retired_at", "<", new Date(now.getTime() - (RETIRED_DAYS + FORGET_DAYS) * 86_400_000))
    .execute();
}
