import { sql } from "kysely";
import { createCampaignShop } from "@/server/campaigns/testing";
import { withTenant } from "@/server/db";
import type { LedgerShop } from "@/server/ledger/testing";
import { checkSuppression } from "../consent/manage-suppression";
import { deliverMessages } from "../deliver-messages";
import { planMessages } from "../plan-messages";
import { onlySenders } from "../testing";
import { feedbackUrls, listFeedback } from "./manage-feedback";
import type { FeedbackProvider, FeedbackView } from "./schema";

/** A shop that wrote to c1 to c4, whose provider now reports. Lists are in the order of these addresses. */
export type FeedbackWorld = {
  shop: LedgerShop;
  /** The Message-ID of each e-mail. */
  ids: string[];
  tokenOf: (provider: FeedbackProvider) => Promise<string>;
  /** Why each address is shut. */
  reasons: () => Promise<(string | null)[]>;
  consents: () => Promise<string[]>;
  /** What is known of each e-mail. */
  known: () => Promise<string[]>;
  kinds: () => Promise<string[]>;
  stateOf: (provider: FeedbackProvider) => Promise<FeedbackView | undefined>;
};

export async function feedbackWorld(): Promise<FeedbackWorld> {
  const shop = await createCampaignShop(4);
  const { ctx } = shop;
  await withTenant(ctx, (handle) =>
    planMessages(handle, ctx, {
      ...{ kind: "campaign_message", keyPrefix: "a", customers: shop.customers.map((customerId) => ({ customerId })) },
    }),
  );
  await deliverMessages(ctx, async () => onlySenders({}));
  const sent = await withTenant(ctx, ({ trx }) =>
    trx
      .selectFrom("message as m")
      .innerJoin("customer as c", (join) => join.onRef("c.id", "=", "m.customer_id").onRef("c.shop_id", "=", "m.shop_id"))
      .select("m.id")
      .where("m.status", "=", "sent")
      .orderBy("c.email_key")
      .execute(),
  );
  if (sent.length !== 4) throw new Error("not every message was sent");
  const tokenOf = async (provider: FeedbackProvider) => /hooks\/([^/]+)\//.exec((await feedbackUrls(ctx))[provider])?.[1] ?? "";
  return {
    ...{ shop, tokenOf, ids: sent.map(({ id }) => `<${id}.${ctx.shopId}@example.org>`) },
    reasons: () =>
      Promise.all(
        ["c1", "c2", "c3", "c4"].map(
          async (name) => (await checkSuppression(ctx, { channel: "email", address: `${name}@example.com` }))?.reason ?? null,
        ),
      ),
    consents: () =>
      withTenant(ctx, async ({ trx }) =>
        (await trx.selectFrom("customer").select("email_consent").orderBy("email_key").execute()).map((row) => row.email_consent),
      ),
    known: () =>
      withTenant(ctx, async ({ trx }) => {
        const { rows } = await sql<{ told: string }>`
          select concat_ws(' ', case when delivered_at is not null then 'delivered' end, case when bounced_at is not null then 'bounced' end,
            case when complained_at is not null then 'complained' end) as told
          from message m join customer c on c.shop_id = m.shop_id and c.id = m.customer_id where m.shop_id = ${ctx.shopId}
          order by c.email_key, m.id`.execute(trx);
        return rows.map(({ told }) => told);
      }),
    kinds: () =>
      withTenant(ctx, async ({ trx }) =>
        (await trx.selectFrom("delivery_event").select("kind").orderBy("kind").execute()).map(({ kind }) => kind),
      ),
    stateOf: async (provider) => (await listFeedback(ctx)).find((one) => one.provider === provider),
  };
}
