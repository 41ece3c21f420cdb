import { sql } from "kysely";

/**
 * Net revenue of an order `o`: without tax and shipping, in the proportion that was not refunded, before credit is taken off (credit is a
 * cost, once; domain.md 2.1). Refunds count whenever they happen: the order is what belongs to a window.
 */
export const ORDER_NET = sql<bigint>`round((o.total - o.tax - o.shipping)::numeric * greatest(o.total - o.refunded, 0) / greatest(o.total, 1))::bigint`;
