import { sql } from "kysely";
import { withTenant } from "@/server/db";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import { parseQuery } from "./language/parse";
import { fillStrategy, type Goal, type ParameterKind, READY, STRATEGIES, type Strategy, type TemplateKey } from "./language/strategies";
import { missingData } from "./missing-data";
import { needsOfQuery } from "./needs";
import type { MissingData } from "./schema";

export type TemplateParameter = {
  name: string;
  kind: ParameterKind;
  default: string;
  /** Values of this shop that fit. */
  suggestions: { value: string; label: string }[];
};
export type Template = {
  key: TemplateKey;
  goal: Goal | "rfm" | "prediction";
  query: string;
  parameters: TemplateParameter[];
  /** Data that the shop lacks for it. */
  missing: MissingData[];
  ready: boolean;
};

type Suggested = Record<"product" | "collection" | "productTag" | "customerTag", { value: string; label: string }[]>;

/** The 23 strategies and the groups of scoring as queries of this shop: parameters start with what sells and is viewed here. */
export async function templates(ctx: ShopContext): Promise<Template[]> {
  const missing = new Set(await missingData(ctx));
  const suggested = await withTenant(ctx, (handle) => suggestionsOf(handle, ctx.shopId));
  return [...STRATEGIES, ...READY].map((strategy) => {
    const lacking = needsOf(strategy).filter((need) => missing.has(need));
    const parameters = strategy.parameters.map((parameter) => withSuggestions(parameter, suggested));
    return { key: strategy.key, goal: strategy.goal, query: strategy.query, parameters, missing: lacking, ready: lacking.length === 0 };
  });
}

function needsOf(strategy: Pick<Strategy, "query" | "parameters">): MissingData[] {
  const filled = fillStrategy(strategy, {});
  const { ast } = parseQuery("query" in filled ? filled.query : "");
  return ast ? needsOfQuery(ast) : [];
}

const SOURCE: Partial<Record<ParameterKind, keyof Suggested>> = {
  product: "product",
  products: "product",
  collection: "collection",
  collections: "collection",
  productTag: "productTag",
  customerTag: "customerTag",
};

/** The source's example value where the shop has it, else the shop's own most usual one. */
function withSuggestions(parameter: Strategy["parameters"][number], suggested: Suggested): TemplateParameter {
  const source = SOURCE[parameter.kind];
  const suggestions = source ? suggested[source] : [];
  const several = parameter.kind === "products" || parameter.kind === "collections";
  const known = suggestions.some(({ value }) => value === parameter.default);
  const own = suggestions
    .slice(0, several ? 2 : 1)
    .map(({ value }) => value)
    .join(", ");
  return { name: parameter.name, kind: parameter.kind, default: known || own === "" ? parameter.default : own, suggestions };
}

/** Read from the newest orders, views and customers: suggestions need no exact ranking. */
async function suggestionsOf({ trx }: TenantTrx, shopId: string): Promise<Suggested> {
  const result = await sql<{ kind: keyof Suggested; value: string; label: string }>`
    (select 'product' as kind, p.external_id as value, p.title as label
     from (select order_id, product_ids from order_items i where i.shop_id = ${shopId} and i.order_id in (
             select id from shop_order where shop_id = ${shopId} and counts order by placed_at desc limit 2000)) i, unnest(i.product_ids) u(id)
       join product p on p.shop_id = ${shopId} and p.id = u.id
     group by p.external_id, p.title order by count(*) desc, 2 limit 8)
    union all
    (select 'productTag', min(t.tag), min(t.tag) from product p, unnest(p.tags) t(tag) where p.shop_id = ${shopId}
     group by lower(t.tag) order by count(*) desc, 2 limit 8)
    union all
    (select 'collection', k.id, k.id from (
       (select ref_id as id from activity_event where shop_id = ${shopId} and kind = 'collection.viewed' and ref_id is not null
        order by occurred_at desc limit 5000)
       union all select c.name from product p, unnest(p.collections) c(name) where p.shop_id = ${shopId}) k
     group by k.id order by count(*) desc, 2 limit 8)
    union all
    (select 'customerTag', min(t.tag), min(t.tag) from (
       select tags from customer where shop_id = ${shopId} and cardinality(tags) > 0 and erased_at is null order by id desc limit 20000) c,
       unnest(c.tags) t(tag)
     group by lower(t.tag) order by count(*) desc, 2 limit 8)`.execute(trx);
  const of = (kind: keyof Suggested) => result.rows.filter((row) => row.kind === kind).map(({ value, label }) => ({ value, label }));
  return { product: of("product"), collection: of("collection"), productTag: of("productTag"), customerTag: of("customerTag") };
}
