import { createHash } from "node:crypto";
import type { ShopContext } from "@/server/tenancy/context";
import { deduct } from "./deduct";
import { grantMany } from "./grant-many";
import type { OriginClass } from "./schema";
import { createTerms } from "./terms";
import type { Terms } from "./terms-schema";
import { withCustomer } from "./with-customer";

/** A UUID (version 8) that a shop's key always gives again: a replay names the same source. */
function sourceIdOf(shopId: string, key: string): string {
  const bytes = createHash("sha256").update(`${shopId}\n${key}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export type ApiGrant = {
  key: string;
  customer: string;
  unit: string;
  amount: bigint;
  originClass: OriginClass;
  availableFrom: Date | null;
  expiresAt: Date | null;
  reason: string;
  /** On which orders it can be spent. */
  terms?: Terms;
};

/** Grants one customer credit on behalf of a machine. */
export const apiGrant = (ctx: ShopContext, input: ApiGrant, sourceType: "api" | "adjustment" = "api") =>
  withCustomer(ctx, input.customer, async (inner, customerId) =>
    grantMany(inner, {
      source: { type: sourceType, id: sourceIdOf(ctx.shopId, input.key) },
      chunkKey: input.key,
      unit: input.unit,
      originClass: input.originClass,
      availableFrom: input.availableFrom,
      expiresAt: input.expiresAt,
      grants: [{ customerId, amount: input.amount }],
      reason: input.reason,
      termsId: input.terms && inner.trx ? await createTerms(inner.trx.trx, inner, input.terms) : null,
    }),
  );

export type Adjust = { key: string; customer: string; unit: string; amount: bigint; reason: string; expiresAt: Date | null };

/** Corrects a customer's credit by a signed amount against the adjustment account; the reason is part of the books. */
export async function adjust(ctx: ShopContext, input: Adjust): Promise<{ transferId: string | null }> {
  if (input.amount > 0n) {
    const { transferId } = await apiGrant(ctx, { ...input, originClass: "unpaid", availableFrom: null }, "adjustment");
    return { transferId };
  }
  return withCustomer(ctx, input.customer, async (inner, customerId) => {
    const { key, unit, reason } = input;
    const { transferId } = await deduct(inner, { key, sourceType: "adjustment", customerId, unit, amount: -input.amount, reason });
    return { transferId };
  });
}
