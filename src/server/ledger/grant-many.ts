import { type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import type { BudgetScope } from "./budget";
import { ledgerOperation, moneyAnswer } from "./operation";
import { MAX_GRANTS_PER_CALL, type OriginClass, type Source } from "./schema";

export type Grant = {
  customerId: string;
  amount: bigint;
  /** Of this grant instead of the call's. */
  availableFrom?: Date | null;
  /** Of this grant instead of the call's; null never lapses. */
  expiresAt?: Date | null;
};

/** With `cap`: opened or changed by this call. Without: must have been opened (`setBudget`), NOT_FOUND otherwise. */
export type BudgetUse = { scope: BudgetScope; key: string; unit: string; cap?: bigint };

export type GrantMany = {
  source: Source;
  /** The idempotency key of this call. The same key with other arguments is IDEMPOTENCY_CONFLICT; with the same ones it is replayed. */
  chunkKey: string;
  unit: string;
  originClass: OriginClass;
  /** Null: from the moment of booking. */
  availableFrom: Date | null;
  /** Exclusive; null never lapses. */
  expiresAt: Date | null;
  grants: readonly Grant[];
  reason?: string;
  /** Conditions of spending (`createTerms`). */
  termsId?: string | null;
  /** What the sum counts against, in the same transaction. BUDGET_EXCEEDED names the budget and what is missing; nothing is booked. */
  budgets?: readonly BudgetUse[];
  /**
   * The most a customer may get since an instant over all sources of this unit, this grant included, less what was taken back; bought credit
   * does not count. Whom it would exceed is skipped.
   */
  customerCap?: { amount: bigint; since: Date } | null;
};

const skipReason = z.enum(["customerCap", "merged"]);

const answer = z.object({
  granted: z.int(),
  total: moneyAnswer,
  transferId: z.uuid().nullable(),
  lotId: z.uuid().nullable(),
  netted: moneyAnswer.optional(),
  /**
   * Who got nothing: above the customer's cap, or merged into a customer who is in this call or has this drop's credit. Someone merged into
   * another customer is no case of this: that one gets it.
   */
  skipped: z.array(z.object({ customerId: z.uuid(), reason: skipReason })),
});
export type GrantAnswer = z.output<typeof answer>;

const budgetsJson = (budgets: GrantMany["budgets"]): string | null =>
  budgets?.length
    ? JSON.stringify(
        budgets
          .map(({ scope, key, unit, cap }) => ({ scope, key, unit, cap: cap === undefined ? null : cap.toString() }))
          .sort((a, b) => (`${a.scope} ${a.key}` < `${b.scope} ${b.key}` ? -1 : 1)),
      )
    : null;

/** Who gets how much, as arrays of one length; the times only where they differ from the call's. */
type Columns = Record<"customers" | "amounts" | "froms" | "untils", RawBuilder<unknown>>;

function columnsOf(input: GrantMany): Columns {
  const own = (name: "availableFrom" | "expiresAt") =>
    input.grants.some((grant) => grant[name] !== undefined)
      ? input.grants.map((grant) => (grant[name] === undefined ? input[name] : grant[name]))
      : null;
  return {
    customers: sql`${input.grants.map((grant) => grant.customerId)}`,
    amounts: sql`${input.grants.map((grant) => grant.amount)}`,
    froms: sql`${own("availableFrom")}`,
    untils: sql`${own("expiresAt")}`,
  };
}

type Limit = { perDay: bigint; since: Date };

/** The call of the ledger's function, which each grant of this file ends in. */
function grantCall(actor: RawBuilder<unknown>, input: Omit<GrantMany, "grants">, columns: Columns, limit?: Limit): RawBuilder<unknown> {
  const facts = JSON.stringify(input.reason ? { reason: input.reason } : {});
  return sql`ledger.grant_many(${input.chunkKey}, ${actor}, ${input.source.type}, ${input.source.id}::uuid, ${input.unit},
    ${input.originClass}::ledger.origin_class, ${input.availableFrom}::timestamptz, ${input.expiresAt}::timestamptz, ${columns.customers}::uuid[],
    ${columns.amounts}::bigint[], ${facts}::jsonb, ${limit?.perDay ?? null}::bigint, ${limit?.since ?? null}::timestamptz,
    ${budgetsJson(input.budgets)}::jsonb, ${columns.froms}::timestamptz[], ${columns.untils}::timestamptz[], ${input.termsId ?? null}::uuid,
    ${input.customerCap?.amount ?? null}::bigint, ${input.customerCap?.since ?? null}::timestamptz)`;
}

/**
 * Grants credit to up to 10,000 customers in one transaction and one round trip: all of them or nobody, but for those whom a cap or a merge
 * leaves out (`skipped`). A customer gets the credit of one drop once, whatever the key (CONFLICT). NOT_FOUND when one customer is not of
 * this shop, EXPIRES_IN_PAST, UNKNOWN_UNIT.
 */
export function grantMany(ctx: ShopContext, input: GrantMany, manualLimit?: Limit): Promise<GrantAnswer> {
  if (input.grants.length > MAX_GRANTS_PER_CALL) throw new AppError("VALIDATION", { field: "grants", max: MAX_GRANTS_PER_CALL });
  return ledgerOperation(ctx, answer, (actor) => grantCall(actor, input, columnsOf(input), manualLimit));
}

/** Rows of `select customer_id, amount, available_from, expires_at`. */
export type SelectedGrants = RawBuilder<{ customer_id: string; amount: bigint; available_from: Date | null; expires_at: Date | null }>;

/**
 * `grantMany` to whom a query names: thousands of people never leave the database. The query must give the same rows when the call is
 * repeated, or the key is refused (IDEMPOTENCY_CONFLICT). With `ownTimes` each row's times count instead of the call's.
 */
export const grantSelected = (ctx: ShopContext, input: Omit<GrantMany, "grants">, grants: SelectedGrants, { ownTimes = false } = {}) =>
  ledgerOperation(ctx, answer, (actor) => {
    const time = (name: string) => (ownTimes ? sql`g.${sql.ref(name)}` : sql`null`);
    const columns = { customers: sql`g.customers`, amounts: sql`g.amounts`, froms: time("froms"), untils: time("untils") };
    return sql`(select ${grantCall(actor, input, columns)} from (
      select coalesce(array_agg(s.customer_id order by s.customer_id), '{}') as customers,
        coalesce(array_agg(s.amount order by s.customer_id), '{}') as amounts,
        coalesce(array_agg(s.available_from order by s.customer_id), '{}') as froms,
        coalesce(array_agg(s.expires_at order by s.customer_id), '{}') as untils
      from (${grants}) s) g)`;
  });
