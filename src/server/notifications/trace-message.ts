import { maskExternal } from "@/server/customers/list-customers";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

export type MessageTrace = {
  message: { id: string; status: string; sentAt: Date | null };
  /** Its own, or those that gave the credit it tells about. */
  campaigns: { id: string; name: string }[];
  customer: { id: string; name: string };
  lots: {
    id: string;
    unit: string;
    granted: bigint;
    remaining: bigint;
    redeemed: bigint;
    expired: bigint;
    recalled: bigint;
    availableFrom: Date;
    expiresAt: Date | null;
  }[];
  orders: { orderRef: string; orderId: string | null; unit: string; redeemed: bigint; at: Date }[];
  /** Of a message without credit: what the recipient ordered afterwards, until the campaign's window ends. Not what it caused. */
  later: { orderRef: string; unit: string; total: bigint; at: Date }[];
};

const MAX_LOTS = 100;
const MAX_ORDERS = 100;
/** Without a campaign, orders after a message are followed this long. */
const FOLLOWED_MS = 30 * 86_400_000;

/** A reminder or a notice of the ledger belongs to no campaign; its credit does. */
const campaignsOf = (
  { trx }: TenantTrx,
  ctx: ShopContext,
  campaignId: string | null,
  sources: readonly string[],
): Promise<MessageTrace["campaigns"]> =>
  trx
    .selectFrom("campaign as k")
    .select(["k.id", "k.name"])
    .where("k.shop_id", "=", ctx.shopId)
    .where((eb) =>
      eb.or([
        ...(campaignId ? [eb("k.id", "=", campaignId)] : []),
        ...(sources.length
          ? [
              eb(
                "k.id",
                "in",
                eb
                  .selectFrom("campaign_drop as d")
                  .select("d.campaign_id")
                  .where("d.shop_id", "=", ctx.shopId)
                  .where("d.id", "in", [...sources]),
              ),
            ]
          : []),
      ]),
    )
    .orderBy("k.id")
    .execute();

type Told = { customer_id: string; sent_at: Date | null; window_ends_at: Date | null };

async function ordersAfter({ trx }: TenantTrx, ctx: ShopContext, told: Told): Promise<MessageTrace["later"]> {
  if (told.sent_at === null) return [];
  return trx
    .selectFrom("shop_order")
    .select(["external_id as orderRef", "currency as unit", "total", "placed_at as at"])
    .where("shop_id", "=", ctx.shopId)
    .where("customer_id", "=", told.customer_id)
    .where("counts", "=", true)
    .where("placed_at", ">=", told.sent_at)
    .where("placed_at", "<", told.window_ends_at ?? new Date(told.sent_at.getTime() + FOLLOWED_MS))
    .orderBy("placed_at")
    .limit(MAX_ORDERS)
    .execute();
}

/** The way of a message: from its campaign to the recipient, the credit it told about, and the orders that credit paid or that followed. */
export const traceMessage = (ctx: ShopContext, { id }: { id: string }): Promise<MessageTrace> =>
  withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const row = await trx
      .selectFrom("message as m")
      .innerJoin("customer as c", (join) => join.onRef("c.shop_id", "=", "m.shop_id").onRef("c.id", "=", "m.customer_id"))
      .leftJoin("campaign as k", (join) => join.onRef("k.shop_id", "=", "m.shop_id").onRef("k.id", "=", "m.campaign_id"))
      .select(["m.id", "m.status", "m.sent_at", "m.customer_id", "m.credit_key", "m.lots", "m.campaign_id", "k.window_ends_at"])
      .select(["c.first_name", "c.last_name", "c.external_id"])
      .where("m.shop_id", "=", ctx.shopId)
      .where("m.id", "=", id)
      .executeTakeFirst();
    if (!row) throw new AppError("NOT_FOUND");
    const named = row.lots ?? [];
    const lots =
      row.credit_key || named.length > 0
        ? await trx
            .selectFrom("ledger.lot")
            .select(["id", "unit", "granted", "remaining", "redeemed", "expired", "recalled"])
            .select(["available_from as availableFrom", "expires_at as expiresAt", "source_type", "source_id"])
            .where("shop_id", "=", ctx.shopId)
            .where("customer_id", "=", row.customer_id)
            .where((eb) =>
              eb.or([...(row.credit_key ? [eb("once_key", "=", row.credit_key)] : []), ...(named.length ? [eb("id", "in", named)] : [])]),
            )
            .orderBy("created_at")
            .limit(MAX_LOTS)
            .execute()
        : [];
    const orders = lots.length
      ? await trx
          .selectFrom("ledger.lot_move as v")
          .innerJoin("ledger.transfer as t", (join) => join.onRef("t.shop_id", "=", "v.shop_id").onRef("t.id", "=", "v.transfer_id"))
          .leftJoin("shop_order as o", (join) => join.onRef("o.shop_id", "=", "t.shop_id").onRef("o.external_id", "=", "t.order_ref"))
          .select(["t.order_ref as orderRef", "o.id as orderId", "t.unit", "v.amount as redeemed", "t.at"])
          .where("v.shop_id", "=", ctx.shopId)
          .where(
            "v.lot_id",
            "in",
            lots.map((lot) => lot.id),
          )
          .where("v.to_bucket", "=", "redeemed")
          .where("t.order_ref", "is not", null)
          .orderBy("t.at")
          .limit(MAX_ORDERS)
          .execute()
      : [];
    return {
      message: { id: row.id, status: row.status, sentAt: row.sent_at },
      campaigns: await campaignsOf(
        handle,
        ctx,
        row.campaign_id,
        lots.flatMap((lot) => (lot.source_type === "drop" ? lot.source_id : [])),
      ),
      customer: { id: row.customer_id, name: [row.first_name, row.last_name].filter(Boolean).join(" ") || maskExternal(row.external_id) },
      lots: lots.map(({ source_type, source_id, ...lot }) => lot),
      later: lots.length > 0 ? [] : await ordersAfter(handle, ctx, row),
      orders: orders.flatMap(({ orderRef, ...order }) => (orderRef === null ? [] : [{ ...order, orderRef }])),
    };
  });
