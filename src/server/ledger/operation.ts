import { type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { tenantStatement } from "@/server/db";
import { AppError, ERROR_STATUS, type ErrorCode } from "@/server/errors";
import type { Actor, ShopContext } from "@/server/tenancy/context";

const BUSINESS_REJECTION = "GU001";
const UNIQUE_VIOLATION = "23505";

const databaseError = z.object({
  code: z.string(),
  message: z.string(),
  detail: z.string().optional(),
  constraint: z.string().optional(),
});

const isErrorCode = (code: string): code is ErrorCode => code in ERROR_STATUS;

/** Translates what the ledger's functions raise; everything else stays what it is: a defect. */
function asAppError(error: unknown): unknown {
  const parsed = databaseError.safeParse(error);
  if (!parsed.success) return error;
  const { code, message, detail, constraint } = parsed.data;
  if (code === BUSINESS_REJECTION && isErrorCode(message)) {
    const params = z.record(z.string(), z.union([z.string(), z.number(), z.null()])).parse(JSON.parse(detail ?? "{}"));
    const known = Object.entries(params).filter((entry): entry is [string, string | number] => entry[1] !== null);
    return new AppError(message, Object.fromEntries(known), { cause: error });
  }
  // The backstop behind wrong keys: one lot per drop and customer, one transfer per key.
  if (
    code === UNIQUE_VIOLATION &&
    (constraint === "lot_shop_id_customer_id_once_key_key" || constraint === "transfer_shop_id_idem_key_part_key")
  )
    return new AppError("CONFLICT", { constraint }, { cause: error });
  return error;
}

const actorId = (actor: Actor): string | null => (actor.type === "user" ? actor.userId : actor.type === "apiKey" ? actor.keyId : null);

/** Who the books name for a transfer, as the ledger's functions take it. */
const actorJson = (ctx: ShopContext): string =>
  JSON.stringify({ type: ctx.actor.type, id: actorId(ctx.actor), label: ctx.actor.label, requestId: ctx.requestId });

/**
 * Calls one operation of schema `ledger` in one round trip: a transaction of its own, or the caller's, when `ctx.trx` is set (a rejection
 * then ends that transaction too). `call` gets the actor parameter and gives the function call; the answer is parsed by `response`.
 */
export async function ledgerOperation<S extends z.ZodType>(
  ctx: ShopContext,
  response: S,
  call: (actor: RawBuilder<unknown>) => RawBuilder<unknown>,
): Promise<z.output<S>> {
  try {
    const value = call(sql`${actorJson(ctx)}::jsonb`);
    if (!ctx.trx) return response.parse(await tenantStatement(ctx, value));
    const result = await sql<{ response: unknown }>`select ${value} as response`.execute(ctx.trx.trx);
    return response.parse(result.rows[0]?.response);
  } catch (error) {
    throw asAppError(error);
  }
}

/** Money in the functions' answers is a decimal string. */
export const moneyAnswer = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);
