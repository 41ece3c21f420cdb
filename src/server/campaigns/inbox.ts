import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { judgeDecider } from "./decide-campaign";
import { cannotDecideRecall } from "./recall-campaign";
import type { CampaignStatus, CannotDecide } from "./schema";

/** Something that waits for somebody's decision. Money in minor units. */
export type InboxItem = {
  kind: "campaign" | "recall";
  /** The campaign's. */
  id: string;
  name: string;
  status: CampaignStatus;
  unit: string;
  cost: bigint;
  audience: number;
  runAt: Date | null;
  /** The wall time that was chosen; it becomes an instant at the launch. */
  availableLocal: string | null;
  required: number;
  given: number;
  submittedBy: string;
  submittedAt: Date;
  note: string;
  /** Why credit is to be taken back. */
  reason: string | null;
  hash: string | null;
  recallId: string | null;
  mayDecide: boolean;
  cannotDecide: CannotDecide | null;
};

const MAX_ITEMS = 100;

/** Everything of the shop that waits for a decision, oldest first, and how much of it this person can decide. */
export async function approvalInbox(ctx: ShopContext): Promise<{ items: InboxItem[]; open: number }> {
  return withTenant(ctx, async (handle) => {
    const items = [...(await campaignsWaiting(handle, ctx)), ...(await recallsWaiting(handle, ctx))].sort(
      (a, b) => a.submittedAt.getTime() - b.submittedAt.getTime(),
    );
    return { items, open: items.filter((item) => item.mayDecide).length };
  });
}

async function campaignsWaiting(handle: TenantTrx, ctx: ShopContext): Promise<InboxItem[]> {
  const rows = await handle.trx
    .selectFrom("campaign_approval as a")
    .innerJoin("campaign as c", (join) => join.onRef("c.shop_id", "=", "a.shop_id").onRef("c.id", "=", "a.campaign_id"))
    .select(["a.id as approvalId", "a.hash", "a.audience", "a.cost", "a.required", "a.note"])
    .select(["a.submitted_by_label as submittedBy", "a.submitted_at as submittedAt"])
    .select(["c.id", "c.name", "c.status", "c.unit", "c.run_at as runAt", "c.available_local as availableLocal"])
    .select((eb) =>
      eb
        .selectFrom("campaign_decision as d")
        .whereRef("d.shop_id", "=", "a.shop_id")
        .whereRef("d.approval_id", "=", "a.id")
        .where("d.decision", "=", "approve")
        .select((count) => count.fn.countAll<bigint>().as("given"))
        .as("given"),
    )
    .where("a.shop_id", "=", ctx.shopId)
    .where("a.status", "=", "open")
    .orderBy("a.id")
    .limit(MAX_ITEMS)
    .execute();
  const items: InboxItem[] = [];
  for (const { approvalId, given, ...row } of rows) {
    const refusal = await judgeDecider(handle, ctx, row.id, approvalId);
    items.push({
      ...{ kind: "campaign", ...row, given: Number(given ?? 0n), reason: null, recallId: null },
      ...{ mayDecide: refusal === null, cannotDecide: refusal },
    });
  }
  return items;
}

async function recallsWaiting(handle: TenantTrx, ctx: ShopContext): Promise<InboxItem[]> {
  const rows = await handle.trx
    .selectFrom("campaign_recall as r")
    .innerJoin("campaign as c", (join) => join.onRef("c.shop_id", "=", "r.shop_id").onRef("c.id", "=", "r.campaign_id"))
    .select(["r.id as recallId", "r.lots as audience", "r.total as cost", "r.required", "r.reason"])
    .select(["r.requested_by_label as submittedBy", "r.requested_at as submittedAt"])
    .select(["c.id", "c.name", "c.status", "c.unit", "c.run_at as runAt", "c.available_local as availableLocal"])
    .where("r.shop_id", "=", ctx.shopId)
    .where("r.status", "=", "open")
    .orderBy("r.id")
    .limit(MAX_ITEMS)
    .execute();
  const items: InboxItem[] = [];
  for (const row of rows) {
    const refusal = await cannotDecideRecall(handle, ctx, row.recallId);
    items.push({ kind: "recall", ...row, given: 0, note: "", hash: null, mayDecide: refusal === null, cannotDecide: refusal });
  }
  return items;
}
