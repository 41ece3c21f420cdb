import { isDeepStrictEqual } from "node:util";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { readCampaign } from "./read-campaigns";
import { campaignIdSchema } from "./schema";

/** One difference between two requests. Values as JSON: amounts are decimal strings of minor units. */
export type ApprovalChange = { field: string; before: unknown; after: unknown };
export type ApprovalDiff = { since: Date; by: string; changes: ApprovalChange[] };

/** The newest two are compared; a list of all would be the audit log. */
const COMPARED = 2;

/**
 * What is different in the newest request for approval compared with the one before it, so that nobody has to read everything twice; null
 * when nobody was asked before. The fields are those approvals bind to, and the audience and cost that came of them.
 */
export async function approvalDiff(ctx: ShopContext, input: unknown): Promise<ApprovalDiff | null> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    await readCampaign(handle, ctx.shopId, id);
    const [newest, former] = await handle.trx
      .selectFrom("campaign_approval")
      .select(["content", "audience", "cost", "submitted_at", "submitted_by_label"])
      .where("shop_id", "=", ctx.shopId)
      .where("campaign_id", "=", id)
      .orderBy("id", "desc")
      .limit(COMPARED)
      .execute();
    if (!newest?.content || !former?.content) return null;
    const before = { ...former.content, audience: former.audience, cost: former.cost.toString() };
    const after = { ...newest.content, audience: newest.audience, cost: newest.cost.toString() };
    return { since: former.submitted_at, by: former.submitted_by_label, changes: changesBetween(before, after) };
  });
}

/** Fields whose values differ, in the order of the newer state. Exported for its test. */
export function changesBetween(before: Record<string, unknown>, after: Record<string, unknown>): ApprovalChange[] {
  const fields = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return fields
    .filter((field) => !isDeepStrictEqual(before[field] ?? null, after[field] ?? null))
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }));
}
