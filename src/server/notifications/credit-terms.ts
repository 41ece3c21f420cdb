import { type RawBuilder, sql } from "kysely";

/** Conditions of spending as a message tells them. Needs `ledger.terms` as `t`. */
const TOLD = sql`jsonb_build_object('minOrder', t.min_order::text, 'limited', t.include is not null or t.exclude is not null,
  'firstOrderOnly', t.first_order_only, 'noDiscounts', t.no_discounts)`;
const PARTLY = { minOrder: null, limited: false, firstOrderOnly: false, noDiscounts: false, partly: true };

/** The conditions with an id; null without one. */
export const termsTold = (shopId: string, id: string | null): RawBuilder<unknown> =>
  sql`(select ${TOLD} from ledger.terms t where t.shop_id = ${shopId} and t.id = ${id}::uuid)`;

/** The conditions that some lots have in common; where they differ, that there are some. `lots`: a condition on `ledger.lot l`. */
export const termsOfLots = (shopId: string, lots: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  (select case when count(distinct coalesce(l.terms_id::text, '')) <= 1 then (array_agg(case when t.id is not null then ${TOLD} end))[1]
      else ${JSON.stringify(PARTLY)}::jsonb end
    from ledger.lot l left join ledger.terms t on t.shop_id = l.shop_id and t.id = l.terms_id
    where l.shop_id = ${shopId} and ${lots})`;
