import { sql } from "kysely";

/**
 * Net revenue of an order `o`: without tax and shipping, in the proportion that was not refunded, before credit is taken off (credit is a
 * cost, once; domain.md 2.1). Refunds count whenever they happen: the order is what belongs to a window. The proportion is worked out only
 * where there is one: most orders are kept whole, and numeric division is slow.
 */
export const ORDER_NET = sql<bigint>`case when o.refunded = 0 and o.total > 0 then o.total - o.tax - o.shipping
  else round((o.total - o.tax - o.shipping)::numeric * greatest(o.total - o.refunded, 0) / greatest(o.total, 1))::bigint end`;
