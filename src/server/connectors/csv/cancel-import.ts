import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { removeUpload } from "./upload-store";
import { withoutSample } from "./without-sample";

/** Stops an import. One that runs stops at its next look and leaves nothing behind; one that waits is over at once. */
export async function cancelImport(ctx: ShopContext, id: string): Promise<{ status: "cancelled" | "cancelling" }> {
  const status = await withTenant(ctx, async ({ trx, now }) => {
    const row = await trx
      .selectFrom("data_import")
      .select("status")
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    if (row.status === "done" || row.status === "cancelled") throw new AppError("IMPORT_STATE", { status: row.status });
    const isRunning = row.status === "running";
    await trx
      .updateTable("data_import")
      .set(isRunning ? { cancel_requested: true } : { status: "cancelled", finished_at: now, preview: withoutSample })
      .where("shop_id", "=", ctx.shopId)
      .where("id", "=", id)
      .execute();
    await recordAudit(trx, ctx, { action: "import.cancelled", entity: "import", entityId: id });
    return isRunning ? ("cancelling" as const) : ("cancelled" as const);
  });
  if (status === "cancelled") await removeUpload(id);
  return { status };
}
