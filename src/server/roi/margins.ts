import { sql } from "kysely";
import { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import { minorSchema } from "@/server/money";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";

export type Margins = {
  /** Share of net revenue that stays after the cost of goods, in basis points. */
  shopBps: number;
  /** True until the shop says its own. */
  assumed: boolean;
  /** What one message costs, minor units of the shop's currency. */
  messageCost: bigint;
  goods: { scope: "collection" | "product"; ref: string; title: string | null; marginBps: number; updatedAt: Date; updatedBy: string }[];
};

const DEFAULT_MARGIN_BPS = 4_000;
const MAX_GOODS = 5_000;
const bps = z.int().min(0).max(10_000);

export const setMarginsSchema = z.object({
  shopBps: bps.min(1).optional(),
  messageCost: minorSchema.refine((value) => value >= 0n && value <= 1_000_000n).optional(),
  goods: z
    .array(z.object({ scope: z.enum(["collection", "product"]), ref: z.string().trim().min(1).max(200), marginBps: bps.nullable() }))
    .max(500)
    .optional(),
});

/** The margins a shop's results are calculated with. */
export async function readMargins({ trx }: TenantTrx, shopId: string): Promise<Margins> {
  const shop = await trx.selectFrom("shop").select("settings").where("id", "=", shopId).executeTakeFirst();
  if (!shop) throw new AppError("NOT_FOUND");
  const { marginBps, messageCost } = shop.settings;
  const known = typeof marginBps === "number" && Number.isInteger(marginBps) && marginBps > 0 && marginBps <= 10_000;
  const goods = await sql<Margins["goods"][number]>`
    select g.scope, g.ref, p.title, g.margin_bps as "marginBps", g.updated_at as "updatedAt", g.updated_by_label as "updatedBy"
    from goods_margin g left join product p on g.scope = 'product' and p.shop_id = g.shop_id and p.external_id = g.ref
    where g.shop_id = ${shopId} order by g.scope, g.ref limit ${MAX_GOODS}`.execute(trx);
  return {
    shopBps: known ? marginBps : DEFAULT_MARGIN_BPS,
    assumed: !known,
    messageCost: typeof messageCost === "string" && /^\d{1,7}$/.test(messageCost) ? BigInt(messageCost) : 0n,
    goods: goods.rows,
  };
}

export const getMargins = (ctx: ShopContext): Promise<Margins> => withTenant(ctx, (handle) => readMargins(handle, ctx.shopId));

/** Changes margins; results shown from now on use them. `marginBps: null` takes an own margin away. */
export function setMargins(ctx: ShopContext, input: unknown): Promise<Margins> {
  const { shopBps, messageCost, goods = [] } = parseInput(setMarginsSchema, input);
  return withTenant(ctx, async (handle) => {
    const { trx, now } = handle;
    const before = await readMargins(handle, ctx.shopId);
    const settings = {
      ...(shopBps === undefined ? {} : { marginBps: shopBps }),
      ...(messageCost === undefined ? {} : { messageCost: messageCost.toString() }),
    };
    await sql`update shop set settings = settings || ${JSON.stringify(settings)}::jsonb where id = ${ctx.shopId}`.execute(trx);
    for (const { scope, ref, marginBps } of goods) {
      if (marginBps === null) {
        await trx.deleteFrom("goods_margin").where("shop_id", "=", ctx.shopId).where("scope", "=", scope).where("ref", "=", ref).execute();
        continue;
      }
      const row = {
        org_id: ctx.orgId,
        shop_id: ctx.shopId,
        scope,
        ref,
        margin_bps: marginBps,
        updated_at: now,
        updated_by_label: ctx.actor.label,
      };
      await trx
        .insertInto("goods_margin")
        .values(row)
        .onConflict((conflict) =>
          conflict
            .columns(["shop_id", "scope", "ref"])
            .doUpdateSet({ margin_bps: marginBps, updated_at: now, updated_by_label: ctx.actor.label }),
        )
        .execute();
    }
    const after = await readMargins(handle, ctx.shopId);
    if (after.goods.length >= MAX_GOODS) throw new AppError("LIMIT_EXCEEDED", { limit: MAX_GOODS });
    const summary = (m: Margins) => ({ shopBps: m.shopBps, messageCost: m.messageCost.toString(), goods: m.goods.length });
    await recordAudit(trx, ctx, {
      action: "margins.changed",
      entity: "margins",
      entityId: ctx.shopId,
      before: summary(before),
      after: summary(after),
    });
    return after;
  });
}
