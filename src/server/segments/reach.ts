import { sql } from "kysely";
import type { TenantTrx } from "@/server/tenancy/context";
import { membersFrom } from "./compile";
import type { Ast, Reach } from "./schema";
import type { Scope } from "./semantics";

type Trx = Pick<TenantTrx, "trx">;

/** How many members can be told something, by channel. */
export async function countReach({ trx }: Trx, ast: Ast, scope: Scope): Promise<Reach> {
  const result = await sql<{ email: bigint; sms: bigint }>`
    select count(*) filter (where m.email_reach) as email, count(*) filter (where m.sms_reach) as sms ${membersFrom(ast, scope)}`.execute(
    trx,
  );
  const [row] = result.rows;
  return { email: Number(row?.email ?? 0n), sms: Number(row?.sms ?? 0n), push: await countPush({ trx }, ast, scope) };
}

/** Asked from the subscriptions, which few people have; in most shops nobody. */
export async function countPush({ trx }: Trx, ast: Ast, scope: Scope): Promise<number> {
  const some = await sql<{ some: boolean }>`
    select exists (select from push_subscription where shop_id = ${scope.shopId} and gone_at is null) as some`.execute(trx);
  if (!some.rows[0]?.some) return 0;
  const result = await sql<{ n: bigint }>`
    select count(*) as n ${membersFrom(ast, scope)}
      and m.customer_id = any(array(select distinct p.customer_id from push_subscription p where p.shop_id = ${scope.shopId} and p.gone_at is null))`.execute(
    trx,
  );
  return Number(result.rows[0]?.n ?? 0n);
}
