import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { env } from "@/server/env";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { signLink } from "../links";
import { seal } from "../seal";
import { readSettings } from "../settings";
import {
  FEEDBACK_PROOF,
  FEEDBACK_PROVIDERS,
  type FeedbackProvider,
  type FeedbackView,
  removeFeedbackSchema,
  saveFeedbackSchema,
} from "./schema";
import { sendgridKey } from "./verify-feedback";

/** Where a provider's secret belongs; part of its seal. */
export const feedbackPlace = (ctx: ShopContext, provider: FeedbackProvider): string =>
  `${ctx.orgId}:feedback_source:secret:${ctx.shopId}:${provider}`;

/** Who reports to the shop, and when they last did; secrets only as "there is one". */
export const listFeedback = (ctx: ShopContext): Promise<FeedbackView[]> =>
  withTenant(ctx, async ({ trx }) => {
    const rows = await trx
      .selectFrom("feedback_source")
      .select(["provider", "account", "heard_at as heardAt", "refused_at as refusedAt", "refusal"])
      .select((eb) => eb("secret", "is not", null).as("hasSecret"))
      .where("shop_id", "=", ctx.shopId)
      .orderBy("provider")
      .execute();
    return rows.map(({ hasSecret, ...row }) => ({ ...row, hasSecret: Boolean(hasSecret) }));
  });

/** Takes reports of a provider from now on. What it had said before of signatures and accounts was said under other settings. */
export async function saveFeedback(ctx: ShopContext, input: unknown): Promise<FeedbackView[]> {
  const { provider, secret: typed } = parseInput(saveFeedbackSchema, input);
  const proof = FEEDBACK_PROOF[provider];
  const secret = proof === "none" ? null : typed;
  if (provider === "sendgrid" && secret && !sendgridKey(secret)) throw new AppError("FEEDBACK_KEY");
  await withTenant(ctx, async ({ trx, now }) => {
    const before = await trx
      .selectFrom("feedback_source")
      .select("secret")
      .where("shop_id", "=", ctx.shopId)
      .where("provider", "=", provider)
      .forUpdate()
      .executeTakeFirst();
    const sealed = secret === undefined ? (before?.secret ?? null) : secret === null ? null : seal(secret, feedbackPlace(ctx, provider));
    if (proof === "key" && sealed === null) throw new AppError("CHANNEL_INCOMPLETE", { missing: "secret" });
    const row = { secret: sealed, account: null, heard_at: null, refused_at: null, refusal: null, updated_at: now };
    await trx
      .insertInto("feedback_source")
      .values({ org_id: ctx.orgId, shop_id: ctx.shopId, provider, ...row })
      .onConflict((conflict) => conflict.columns(["shop_id", "provider"]).doUpdateSet(row))
      .execute();
    await recordAudit(trx, ctx, {
      action: "feedback.saved",
      entity: "feedback",
      entityId: provider,
      after: { provider, secretChanged: secret !== undefined && proof !== "none" },
    });
  });
  return listFeedback(ctx);
}

export async function removeFeedback(ctx: ShopContext, input: unknown): Promise<FeedbackView[]> {
  const { provider } = parseInput(removeFeedbackSchema, input);
  await withTenant(ctx, async ({ trx }) => {
    const removed = await trx
      .deleteFrom("feedback_source")
      .where("shop_id", "=", ctx.shopId)
      .where("provider", "=", provider)
      .executeTakeFirst();
    if (removed.numDeletedRows === 0n) throw new AppError("NOT_FOUND");
    await recordAudit(trx, ctx, { action: "feedback.removed", entity: "feedback", entityId: provider });
  });
  return listFeedback(ctx);
}

/** The addresses to enter at the providers. Each carries the shop's token, which is half of the proof where nothing is signed. */
export const feedbackUrls = (ctx: ShopContext): Promise<Record<FeedbackProvider, string>> =>
  withTenant(ctx, async (handle) => {
    const { pepper } = await readSettings(handle, ctx);
    const token = signLink(pepper, { purpose: "inbound", orgId: ctx.orgId, shopId: ctx.shopId, subject: ctx.shopId });
    const url = (provider: FeedbackProvider) => [provider, `${env().APP_URL.replace(/\/$/, "")}/api/hooks/${token}/${provider}`];
    return Object.fromEntries(FEEDBACK_PROVIDERS.map(url)) as Record<FeedbackProvider, string>;
  });
