import { sql } from "kysely";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { seal } from "../seal";
import { createDns, type Dns } from "./ask-dns";
import { sees } from "./dkim-findings";
import { createKeyPair, createSelector } from "./dkim-keys";
import { dkimName } from "./dkim-record";
import { senderFacts } from "./facts";
import { keySchema, type SenderDomainView, selectorsSchema } from "./schema";
import { keyPlace } from "./signing";
import { viewSenderDomain } from "./view-sender-domain";

async function domainOf(handle: TenantTrx, ctx: ShopContext): Promise<string> {
  const facts = await senderFacts(handle, ctx);
  if (!facts) throw new AppError("SENDER_MISSING");
  return facts.domain;
}

/** A new key to be published. While another one signs, this is the one to follow it, and the other goes on until then. */
export async function createKey(ctx: ShopContext): Promise<SenderDomainView> {
  const pair = await createKeyPair();
  await withTenant(ctx, async (handle) => {
    const domain = await domainOf(handle, ctx);
    const id = crypto.randomUUID();
    const selector = createSelector();
    const made = await handle.trx
      .insertInto("dkim_key")
      .values({
        ...{ org_id: ctx.orgId, shop_id: ctx.shopId, id, domain, selector, created_at: handle.now },
        ...{ public_key: pair.publicKey, private_key: seal(pair.privateKey, keyPlace(ctx, id)) },
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .executeTakeFirst();
    // Two who press at once get one key, and the second sees it.
    if (!made) throw new AppError("CONFLICT");
    await recordAudit(handle.trx, ctx, { action: "dkim.keyCreated", entity: "dkimKey", entityId: id, after: { domain, selector } });
  });
  return viewSenderDomain(ctx);
}

/**
 * Begins to sign with a key, once the DNS hands out exactly its public half: signed with a key nobody can fetch, e-mails would be worse off
 * than unsigned. The key before it is retired in the same moment and its secret deleted.
 */
export async function activateKey(ctx: ShopContext, input: unknown, dns: Dns = createDns()): Promise<SenderDomainView> {
  const { id } = parseInput(keySchema, input);
  const key = await withTenant(ctx, async (handle) => pendingKey(handle, ctx, id, await domainOf(handle, ctx)));
  const seen = await sees(dns, key.domain, { selector: key.selector, publicKey: key.public_key });
  const name = dkimName(key.selector, key.domain);
  if (seen === "unasked") throw new AppError("DKIM_UNASKED", { name });
  if (seen === "no") throw new AppError("DKIM_NOT_PUBLISHED", { name });
  await withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const { domain, selector } = await pendingKey(handle, ctx, id, await domainOf(handle, ctx));
    const replaced = await trx
      .updateTable("dkim_key")
      .set({ state: "retired", private_key: null, retired_at: now })
      .where("shop_id", "=", ctx.shopId)
      .where("domain", "=", domain)
      .where("state", "=", "active")
      .returning("selector")
      .executeTakeFirst();
    await trx
      .updateTable("dkim_key")
      .set({ state: "active", activated_at: now })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .execute();
    await recordAudit(trx, ctx, {
      ...{ action: "dkim.activated", entity: "dkimKey", entityId: id },
      after: { domain, selector, replaced: replaced?.selector ?? null },
    });
  });
  return viewSenderDomain(ctx);
}

async function pendingKey({ trx }: TenantTrx, ctx: ShopContext, id: string, domain: string) {
  const row = await trx
    .selectFrom("dkim_key")
    .select(["domain", "selector", "public_key", "state"])
    .where("shop_id", "=", ctx.shopId)
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new AppError("NOT_FOUND");
  if (row.state !== "pending" || row.domain !== domain) throw new AppError("CONFLICT");
  return row;
}

/** Ends signing. The key waits, to be turned on again; one that was to follow it is given up. */
export async function stopSigning(ctx: ShopContext, input: unknown): Promise<SenderDomainView> {
  const { id } = parseInput(keySchema, input);
  await withTenant(ctx, async ({ trx }) => {
    const row = await trx
      .selectFrom("dkim_key")
      .select(["domain", "selector", "state"])
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    if (row.state !== "active") throw new AppError("CONFLICT");
    const { domain, selector } = row;
    await trx
      .deleteFrom("dkim_key")
      .where("shop_id", "=", ctx.shopId)
      .where("domain", "=", domain)
      .where("state", "=", "pending")
      .execute();
    await trx.updateTable("dkim_key").set({ state: "pending" }).where("shop_id", "=", ctx.shopId).where("id", "=", id).execute();
    await recordAudit(trx, ctx, { action: "dkim.stopped", entity: "dkimKey", entityId: id, after: { domain, selector } });
  });
  return viewSenderDomain(ctx);
}

/** Gives up a key that nothing is signed with. */
export async function discardKey(ctx: ShopContext, input: unknown): Promise<SenderDomainView> {
  const { id } = parseInput(keySchema, input);
  await withTenant(ctx, async ({ trx }) => {
    const gone = await trx
      .deleteFrom("dkim_key")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .where("state", "=", "pending")
      .returning(["domain", "selector"])
      .executeTakeFirst();
    if (!gone) throw new AppError("CONFLICT");
    await recordAudit(trx, ctx, { action: "dkim.discarded", entity: "dkimKey", entityId: id, after: gone });
  });
  return viewSenderDomain(ctx);
}

/** The selectors a provider signs this shop's e-mails with: what its keys are looked for at. */
export async function saveSelectors(ctx: ShopContext, input: unknown): Promise<SenderDomainView> {
  const selectors = [...new Set(parseInput(selectorsSchema, input).selectors)];
  await withTenant(ctx, async ({ trx }) => {
    await sql`insert into sender_domain (org_id, shop_id, selectors) values (${ctx.orgId}, ${ctx.shopId}, ${selectors}::text[])
      on conflict (shop_id) do update set selectors = excluded.selectors`.execute(trx);
    await recordAudit(trx, ctx, {
      ...{ action: "senderDomain.selectorsChanged", entity: "senderDomain", entityId: ctx.shopId, after: { selectors } },
    });
  });
  return viewSenderDomain(ctx);
}
