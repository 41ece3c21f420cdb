import { sql } from "kysely";
import type { z } from "zod";
import { recordAudit } from "@/server/audit/record-audit";
import { withTenant } from "@/server/db";
import { AppError, parseInput } from "@/server/errors";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { customAttributeInput, customKeyInput } from "./inputs";
import type { AttributeDefinition } from "./results";
import { CUSTOM_KEY, CUSTOM_TYPES, type CustomType } from "./schema";

/** Attributes a shop may define; every one is offered in the editor. */
const MAX_ATTRIBUTES = 200;

/** What the entries of `customer.custom` mean in this shop, how many people have one, and how many live segments ask for it. */
export const customAttributes = (ctx: ShopContext): Promise<AttributeDefinition[]> =>
  withTenant(ctx, async ({ trx }) => {
    const result = await sql<{ key: string; name: string; type: string; description: string; used: bigint; filled: bigint }>`
      select a.key, a.name, a.type, a.description,
        (select count(*) from segment s where s.shop_id = a.shop_id and s.archived_at is null and position(${mention()} in s.ast::text) > 0) as used,
        coalesce(f.n, 0) as filled
      from customer_attribute a
      left join (
        select k.key, count(*) as n from customer c, jsonb_object_keys(c.custom) k(key)
        where c.shop_id = ${ctx.shopId} and c.custom <> '{}' and c.erased_at is null group by 1) f on f.key = a.key
      where a.shop_id = ${ctx.shopId} order by lower(a.name), a.key limit ${MAX_ATTRIBUTES}`.execute(trx);
    return result.rows.map(({ key, name, type, description, used, filled }) => ({
      key,
      name,
      type: typeOf(type),
      description,
      usedBy: Number(used),
      values: Number(filled),
    }));
  });

const typeOf = (text: string): CustomType => {
  const type = CUSTOM_TYPES.find((candidate) => candidate === text);
  if (!type) throw new Error(`no custom type ${text}`);
  return type;
};

/** How a stored query names an attribute: the whole JSON text, so that `size` is not found in `shoe_size`. */
const mention = () => sql`('"custom.' || a.type || '.' || a.key || '"')`;

/** Gives an entry of `customer.custom` a name and a type. Defining it again changes the name, and the type while no segment asks for it. */
export function defineAttribute(ctx: ShopContext, rawInput: z.input<typeof customAttributeInput>): Promise<void> {
  const input = parseInput(customAttributeInput, rawInput);
  return withTenant(ctx, async (handle) => {
    const { trx } = handle;
    const before = await findAttribute(handle, ctx, input.key);
    if (before && before.type !== input.type && (await isUsed(handle, ctx, input.key))) throw new AppError("SEGMENT_IN_USE");
    if (!before) {
      const all = await trx
        .selectFrom("customer_attribute")
        .select(({ fn }) => fn.countAll<bigint>().as("n"))
        .where("shop_id", "=", ctx.shopId)
        .executeTakeFirstOrThrow();
      if (all.n >= BigInt(MAX_ATTRIBUTES)) throw new AppError("LIMIT_EXCEEDED");
    }
    const values = { name: input.name, type: input.type, description: input.description };
    await trx
      .insertInto("customer_attribute")
      .values({ org_id: ctx.orgId, shop_id: ctx.shopId, key: input.key, created_by_label: ctx.actor.label, ...values })
      .onConflict((conflict) => conflict.columns(["shop_id", "key"]).doUpdateSet(values))
      .execute();
    await recordAudit(trx, ctx, {
      action: before ? "attribute.changed" : "attribute.defined",
      entity: "attribute",
      entityId: input.key,
      after: { type: input.type },
    });
  });
}

/** Forgets a definition; the values stay with the customers. Refused while a live segment asks for it. */
export function removeAttribute(ctx: ShopContext, rawInput: z.input<typeof customKeyInput>): Promise<void> {
  const { key } = parseInput(customKeyInput, rawInput);
  return withTenant(ctx, async (handle) => {
    if (!(await findAttribute(handle, ctx, key))) throw new AppError("NOT_FOUND");
    if (await isUsed(handle, ctx, key)) throw new AppError("SEGMENT_IN_USE");
    await handle.trx.deleteFrom("customer_attribute").where("shop_id", "=", ctx.shopId).where("key", "=", key).execute();
    await recordAudit(handle.trx, ctx, { action: "attribute.removed", entity: "attribute", entityId: key });
  });
}

const findAttribute = ({ trx }: TenantTrx, ctx: ShopContext, key: string) =>
  trx.selectFrom("customer_attribute").selectAll().where("shop_id", "=", ctx.shopId).where("key", "=", key).forUpdate().executeTakeFirst();

async function isUsed({ trx }: TenantTrx, ctx: ShopContext, key: string): Promise<boolean> {
  const result = await sql<{ used: boolean }>`
    select exists (select from customer_attribute a join segment s on s.shop_id = a.shop_id and s.archived_at is null
      where a.shop_id = ${ctx.shopId} and a.key = ${key} and position(${mention()} in s.ast::text) > 0) as used`.execute(trx);
  return result.rows[0]?.used ?? true;
}

/** Customers looked at to find keys without a definition. */
const LOOKED_AT = 20_000;

/** Keys that the newest customers carry without a definition, with an example and the type it suggests. */
export async function undefinedAttributes(ctx: ShopContext): Promise<{ key: string; example: string; type: CustomType }[]> {
  const result = await withTenant(ctx, ({ trx }) =>
    sql<{ key: string; example: string; type: CustomType }>`
      select e.key, min(left(e.value #>> '{}', 60)) as example,
        case when bool_and(jsonb_typeof(e.value) = 'array') then 'list'
             when bool_and(custom_boolean(e.value) is not null) then 'boolean'
             when bool_and(custom_number(e.value) is not null) then 'number'
             when bool_and(custom_day(e.value) is not null) then 'date' else 'text' end as type
      from (select custom from customer where shop_id = ${ctx.shopId} and custom <> '{}' and erased_at is null
            order by id desc limit ${LOOKED_AT}) c, jsonb_each(c.custom) e
      where jsonb_typeof(e.value) in ('string', 'number', 'boolean', 'array')
        and not exists (select from customer_attribute a where a.shop_id = ${ctx.shopId} and a.key = e.key)
      group by e.key order by count(*) desc, e.key limit 50`.execute(trx),
  );
  return result.rows.filter(({ key }) => CUSTOM_KEY.test(key));
}
