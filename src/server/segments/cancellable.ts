import { createHash, randomUUID } from "node:crypto";
import { sql } from "kysely";
import { withoutTenant, withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

/** A count that takes longer than this helps nobody who is typing. */
const TIMEOUT_MS = 20_000;

/** `editor`: asking again from the same one cancels the question before; `channel` keeps different questions of one editor apart. */
export type Asking = { editor?: string; channel: string; signal?: AbortSignal };

/**
 * Work in the database that ends when nobody waits for it any more: a newer question of the same editor or the end of the request
 * cancels the running statement in PostgreSQL (SEGMENT_SUPERSEDED); too slow ones end as SEGMENT_TOO_SLOW.
 */
export async function cancellable<T>(ctx: ShopContext, asking: Asking, work: (handle: TenantTrx) => Promise<T>): Promise<T> {
  const { signal } = asking;
  const token = tokenOf(ctx, asking);
  if (asking.editor) await cancel(token);
  if (signal?.aborted) throw new AppError("SEGMENT_SUPERSEDED");
  const onAbort = () => {
    cancel(token).catch((error: unknown) => console.error("segments: a preview could not be cancelled:", error));
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await withTenant(ctx, async (handle) => {
      await sql`select set_config('application_name', ${`preview ${token}`}, true),
                       set_config('statement_timeout', ${String(TIMEOUT_MS)}, true)`.execute(handle.trx);
      // Ended before its statement began: there was nothing to cancel yet.
      if (signal?.aborted) throw new AppError("SEGMENT_SUPERSEDED");
      return work(handle);
    });
  } catch (error) {
    throw asAppError(error) ?? error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Nobody can cancel the query of another person or shop: both are part of the token. */
function tokenOf(ctx: ShopContext, { editor, channel }: Asking): string {
  if (!editor) return randomUUID();
  const who = ctx.actor.type === "user" ? ctx.actor.userId : ctx.actor.type === "apiKey" ? ctx.actor.keyId : "system";
  return createHash("sha256").update(`${ctx.orgId} ${ctx.shopId} ${who} ${editor} ${channel}`).digest("hex").slice(0, 40);
}

/** Cancels the running statement with this token; the number of statements that were cancelled. */
async function cancel(token: string): Promise<number> {
  const result = await withoutTenant(({ trx }) => sql<{ n: number }>`select cancel_segment_preview(${token}) as n`.execute(trx));
  return result.rows[0]?.n ?? 0;
}

const QUERY_CANCELED = "57014";

function asAppError(error: unknown): AppError | undefined {
  if (!(error instanceof Error) || !("code" in error) || error.code !== QUERY_CANCELED) return undefined;
  return new AppError(error.message.includes("timeout") ? "SEGMENT_TOO_SLOW" : "SEGMENT_SUPERSEDED", {}, { cause: error });
}
