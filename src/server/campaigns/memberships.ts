import { type RawBuilder, sql } from "kysely";

/**
 * The members that are one customer, of all drops of a shop, as columns of `drop_member`. Members are numbered in customer order, the treated
 * first (write-members.ts), so a place is found by halving, a handful of looks per drop: by an index by customer every drop would have to
 * write for each member, and without it this would read everybody who was ever drawn.
 */
export const membershipsOf = (shopId: string, customerId: string): RawBuilder<unknown> => {
  const at = (seq: RawBuilder<unknown>) =>
    sql`lateral (select * from drop_member m where m.shop_id = ${shopId} and m.drop_id = s.drop_id and m.seq = ${seq} limit 1) m`;
  return sql`
    with recursive s (drop_id, first, last) as (
      select d.id, half.first, half.last
      from campaign_drop d cross join lateral (values (1, d.treated), (d.treated + 1, d.members)) half (first, last)
      where d.shop_id = ${shopId} and half.first <= half.last
      union all
      select s.drop_id, case when m.customer_id < ${customerId}::uuid then (s.first + s.last) / 2 + 1 else s.first end,
        case when m.customer_id < ${customerId}::uuid then s.last else (s.first + s.last) / 2 end
      from s cross join ${at(sql`(s.first + s.last) / 2`)} where s.first < s.last
    )
    select m.* from s cross join ${at(sql`s.first`)} where s.first = s.last and m.customer_id = ${customerId}::uuid`;
};
