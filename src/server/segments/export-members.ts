import { recordAudit } from "@/server/audit/record-audit";
import { writeCsv } from "@/server/csv";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { toDecimal } from "@/server/money";
import type { ShopContext } from "@/server/tenancy/context";
import { exportName } from "@/server/tenancy/export-name";
import { findSegment, scopeOf } from "./queries";
import type { SamplePerson } from "./schema";
import { segmentMembers } from "./segment-members";

/** One answer of this size is still a file one can open; larger audiences are read page by page over the API. */
export const MAX_EXPORT = 100_000;
const PAGE = 1000;

const HEADER = ["customer_id", "name", "email", "number_of_orders", "amount_spent", "last_order_at"];

/** The members of a segment as CSV. Who exported how many people is in the audit log. */
export function exportMembers(ctx: ShopContext, id: string): Promise<{ fileName: string; csv: string; rows: number }> {
  return withTenant(ctx, async (handle) => {
    const inner = { ...ctx, trx: handle };
    const segment = await findSegment(handle, ctx, id);
    const { currency } = await scopeOf(handle, ctx.shopId);
    const rows: string[][] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await segmentMembers(inner, { id, cursor, limit: PAGE }, "full");
      rows.push(...page.items.map((person) => toRow(person, currency)));
      if (rows.length > MAX_EXPORT) throw new AppError("PAYLOAD_TOO_LARGE", { max: MAX_EXPORT });
      cursor = page.nextCursor ?? undefined;
      more = page.nextCursor !== null;
    }
    await recordAudit(handle.trx, ctx, {
      action: "segment.exported",
      entity: "segment",
      entityId: id,
      after: { hash: segment.hash, rows: rows.length },
    });
    return { fileName: await exportName(inner, "segment", segment.name), csv: writeCsv(HEADER, rows), rows: rows.length };
  });
}

const toRow = (person: SamplePerson, currency: string): string[] => [
  person.externalId,
  person.name,
  person.email ?? "",
  String(person.orders),
  toDecimal(person.spent, currency),
  person.lastOrderAt?.toISOString() ?? "",
];
