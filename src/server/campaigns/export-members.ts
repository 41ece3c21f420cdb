import { recordAudit } from "@/server/audit/record-audit";
import { writeCsv } from "@/server/csv";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { toDecimal } from "@/server/money";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { exportName } from "@/server/tenancy/export-name";
import { listMembers, type Member } from "./list-members";
import { readCampaign } from "./read-campaigns";
import { campaignIdSchema } from "./schema";

/** One answer of this size is still a file one can open. */
export const MAX_EXPORT = 200_000;
const PAGE = 100;
const HEADER = ["drop", "released_at", "no", "customer_id", "name", "email", "arm", "variant", "state", "reason"];
const MONEY = ["amount", "redeemed", "remaining", "held", "expired", "recalled", "unit"];
const TIMES = ["available_from", "expires_at", "message", "message_reason"];

/**
 * The members of all of a campaign's drops, the newest first, with what became of each person's credit, as CSV: it adds up to the figures of
 * the campaign's page. Who exported how many is in the audit log.
 */
export function exportCampaignMembers(ctx: ShopContext, input: unknown): Promise<{ fileName: string; csv: string; rows: number }> {
  const { id } = parseInput(campaignIdSchema, input);
  return withTenant(ctx, async (handle) => {
    const inner = { ...ctx, trx: handle };
    const campaign = await readCampaign(handle, ctx.shopId, id);
    if (campaign.totals.members > MAX_EXPORT) throw new AppError("PAYLOAD_TOO_LARGE", { max: MAX_EXPORT });
    const rows: string[][] = [];
    // Drop by drop: asked for all of them, each page would look at every drop that is left.
    for (const dropId of await frozenDrops(handle, ctx.shopId, id)) {
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof listMembers>> = await listMembers(inner, { id, dropId, cursor, limit: PAGE }, { pii: true });
        rows.push(...page.items.map((member) => toRow(member, campaign.unit)));
        cursor = page.nextCursor;
      } while (cursor !== null);
    }
    await recordAudit(handle.trx, ctx, { action: "campaign.exported", entity: "campaign", entityId: id, after: { rows: rows.length } });
    return {
      fileName: await exportName(inner, "campaign", campaign.name),
      csv: writeCsv([...HEADER, ...MONEY, ...TIMES], rows),
      rows: rows.length,
    };
  });
}

/** Those whose members are fixed, newest first. */
async function frozenDrops({ trx }: TenantTrx, shopId: string, campaignId: string): Promise<string[]> {
  const drops = await trx
    .selectFrom("campaign_drop")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("campaign_id", "=", campaignId)
    .where("frozen_at", "is not", null)
    .where("members", ">", 0)
    .orderBy("no", "desc")
    .execute();
  return drops.map((drop) => drop.id);
}

const toRow = (member: Member, unit: string): string[] => [
  String(member.drop.no),
  member.drop.releasedAt?.toISOString() ?? "",
  String(member.seq),
  member.customer.externalId,
  member.customer.name,
  member.customer.email ?? "",
  member.arm,
  String(member.variant),
  member.state,
  member.reason ?? "",
  toDecimal(member.amount, unit),
  toDecimal(member.redeemed, unit),
  toDecimal(member.remaining, unit),
  toDecimal(member.held, unit),
  toDecimal(member.expired, unit),
  toDecimal(member.recalled, unit),
  unit,
  member.availableFrom?.toISOString() ?? "",
  member.expiresAt?.toISOString() ?? "",
  member.message ?? "",
  member.messageReason ?? "",
];
