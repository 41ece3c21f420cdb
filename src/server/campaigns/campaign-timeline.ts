import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { readCampaign } from "./read-campaigns";
import { campaignIdSchema } from "./schema";

export type TimelineEntry = {
  id: string;
  at: Date;
  action: string;
  actor: string;
  actorType: "user" | "apiKey" | "system";
  after: Record<string, unknown>;
};

const MAX_ENTRIES = 100;

/** Who did what with this campaign, newest first, from the audit log. Single saved fields of a draft are left out. */
export async function campaignTimeline(ctx: ShopContext, input: unknown): Promise<TimelineEntry[]> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    await readCampaign(handle, ctx.shopId, id);
    const rows = await handle.trx
      .selectFrom("audit")
      .select(["id", "at", "action", "actor_label", "actor_type", "after"])
      .where("org_id", "=", ctx.orgId)
      .where("shop_id", "=", ctx.shopId)
      .where("entity", "=", "campaign")
      .where("entity_id", "=", id)
      .where("action", "!=", "campaign.edited")
      .orderBy("at", "desc")
      .orderBy("id", "desc")
      .limit(MAX_ENTRIES)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      at: row.at,
      action: row.action,
      actor: row.actor_label,
      actorType: row.actor_type,
      after: row.after,
    }));
  });
}
