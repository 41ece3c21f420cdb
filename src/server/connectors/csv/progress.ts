import type { ImportPhase } from "@db/schema/customers";
import { withTenant } from "@/server/db";
import type { ShopContext } from "@/server/tenancy/context";

/** Thrown inside a running import when a person asked to stop; the transaction rolls back. */
export class ImportCancelled extends Error {}

const EVERY_MS = 400;

/** Tells how far an import is, on another connection than its transaction, and learns whether it shall stop. */
export class Progress {
  private last = 0;
  private telling: Promise<void> = Promise.resolve();
  private readonly ctx: ShopContext;
  private readonly id: string;

  constructor(ctx: ShopContext, id: string) {
    this.ctx = ctx;
    this.id = id;
  }

  /** Reports at most every 400 ms. Throws ImportCancelled. */
  async reading(bytes: number, rows: number): Promise<void> {
    if (performance.now() - this.last < EVERY_MS) return;
    await this.write("reading", bytes, rows);
  }

  /** Tells a new phase while the work already goes on; a request to stop is met at the next one. Throws ImportCancelled. */
  async phase(phase: ImportPhase, bytes: number, rows: number): Promise<void> {
    await this.telling;
    this.telling = this.write(phase, bytes, rows);
    // Met at the next phase or at the end; without this, Node would end the process before.
    this.telling.catch(() => {});
  }

  /** Everything was told. Throws ImportCancelled, for the last time before the import becomes final. */
  async settled(): Promise<void> {
    await this.telling;
  }

  private async write(phase: ImportPhase, bytes: number, rows: number): Promise<void> {
    this.last = performance.now();
    const row = await withTenant(this.ctx, ({ trx }) =>
      trx
        .updateTable("data_import")
        .set({ phase, bytes_read: BigInt(bytes), rows_read: BigInt(rows) })
        .where("shop_id", "=", this.ctx.shopId)
        .where("id", "=", this.id)
        .where("status", "=", "running")
        .returning("cancel_requested")
        .executeTakeFirst(),
    );
    if (!row || row.cancel_requested) throw new ImportCancelled("stopped by request");
  }
}
