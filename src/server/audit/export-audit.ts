import { throttle } from "@/server/auth/throttle";
import { writeCsv } from "@/server/csv";
import { withTenant } from "@/server/db";
import { parseInput } from "@/server/errors";
import type { TenantContext } from "@/server/tenancy/context";
import { canonicalJson, type Json } from "./canonical-json";
import { selectEntries } from "./queries";
import { recordAudit } from "./record-audit";
import { type AuditFilter, auditFilterSchema } from "./schema";

/** The newest entries; who needs more narrows the dates. */
const MAX_ROWS = 20_000;
const HEADER = ["seq", "at", "actor_type", "actor", "action", "entity", "entity_id", "shop", "after", "request_id", "hash"];

/** The filtered audit log as CSV (UTF-8, RFC 4180, times in UTC). Is itself audited; three an hour and person. */
export async function exportAudit(ctx: TenantContext, input: AuditFilter): Promise<{ csv: string; rows: number; truncated: boolean }> {
  const filter = parseInput(auditFilterSchema, input);
  const actor = ctx.actor.type === "user" ? ctx.actor.userId : ctx.actor.label;
  await throttle({ key: `export:audit:${actor}`, limit: 3, windowSeconds: 3600 });
  return withTenant(ctx, async (handle) => {
    const rows = await selectEntries(handle, ctx.orgId, filter, null, MAX_ROWS + 1).execute();
    const kept = rows.slice(0, MAX_ROWS);
    const csv = writeCsv(
      HEADER,
      kept.map((row) => [
        String(row.seq ?? ""),
        row.at.toISOString(),
        row.actorType,
        row.actorLabel,
        row.action,
        row.entity,
        row.entityId ?? "",
        row.shop ?? "",
        canonicalJson(row.after as Record<string, Json>),
        row.requestId,
        row.hash ?? "",
      ]),
    );
    await recordAudit(handle.trx, ctx, { action: "audit.exported", entity: "audit", entityId: null, after: { rows: kept.length } });
    return { csv, rows: kept.length, truncated: rows.length > MAX_ROWS };
  });
}
