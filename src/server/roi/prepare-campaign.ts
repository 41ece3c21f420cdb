import { z } from "zod";
import { createCampaign } from "@/server/campaigns/create-campaign";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import { minorSchema } from "@/server/money";
import { createSegment } from "@/server/segments/create-segment";
import type { ShopContext } from "@/server/tenancy/context";

/** What a finding suggests: an audience and the beginning of a campaign. Amounts in minor units of the shop's currency. */
export const prepareCampaignSchema = z.object({
  name: z.string().trim().min(1).max(100),
  query: z.string().trim().min(1).max(20_000),
  strategy: z.string().max(80).nullable().default(null),
  amount: minorSchema
    .refine((value) => value > 0n && value <= 1_000_000_000n)
    .nullable()
    .default(null),
  expiryDays: z.int().min(1).max(3_650).nullable().default(null),
  holdoutBps: z.int().min(0).max(5_000).nullable().default(null),
});
export type PrepareInput = z.input<typeof prepareCampaignSchema>;

const MAX_NAMES = 50;

/** Makes a draft that a person goes on with: the segment is reused if one asks the same, else saved under the name. Nothing is launched. */
export function prepareCampaign(ctx: ShopContext, input: unknown): Promise<{ campaignId: string }> {
  const { name, query, strategy, amount, expiryDays, holdoutBps } = parseInput(prepareCampaignSchema, input);
  return withTenant(ctx, async (handle) => {
    const joined = { ...ctx, trx: handle };
    const known = await handle.trx
      .selectFrom("segment")
      .select("id")
      .where("shop_id", "=", ctx.shopId)
      .where("query", "=", query)
      .where("archived_at", "is", null)
      .orderBy("id")
      .executeTakeFirst();
    const segmentId = known?.id ?? (await createSegment(joined, { name: await freeName(joined, name), query, description: "" })).id;
    const campaign = await createCampaign(joined, {
      ...{ name, segmentId, strategy },
      ...(amount === null ? {} : { amount }),
      ...(expiryDays === null ? {} : { expiryDays }),
      ...(holdoutBps === null ? {} : { holdoutBps }),
    });
    return { campaignId: campaign.id };
  });
}

/** "Name", else "Name 2", "Name 3" …: a segment's name is taken only once. */
async function freeName(ctx: ShopContext, name: string): Promise<string> {
  return withTenant(ctx, async ({ trx }) => {
    const rows = await trx.selectFrom("segment").select("name").where("shop_id", "=", ctx.shopId).execute();
    const taken = new Set(rows.map((row) => row.name.toLowerCase()));
    if (!taken.has(name.toLowerCase())) return name;
    for (let n = 2; n <= MAX_NAMES; n++) if (!taken.has(`${name} ${n}`.toLowerCase())) return `${name} ${n}`;
    return `${name} ${crypto.randomUUID().slice(0, 8)}`;
  });
}
