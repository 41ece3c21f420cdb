import { EVENT_KINDS } from "./event-kinds";
import { parameterOf } from "./fields";
import { parameterDates, parameterIntegers, parameterTexts } from "./parameters";
import type { Person, Product } from "./person";
import { POINTS_PREFIX } from "./points";
import type { ClauseOf, Parameter } from "./schema";
import { type Clock, fold, inDateRange, inIntegerRange, moneyScale, unknownNode } from "./semantics";

type Matches = ClauseOf<"matches">;

/** What a function counts. `group` is what `count` counts once; `amount` is what sums add up. */
type Occurrence = {
  at: Date;
  group: unknown;
  amount: bigint;
  sum: bigint;
  known: boolean;
  ref: string | null;
  product: Product | null;
  name?: string;
};
const NOTHING = { amount: 0n, sum: 0n, known: true, ref: null, product: null };

export type Occurrences = { count: number; sum: bigint | null; lastAt: Date | null };

/** `MATCHES (…)` without its NOT, over what happened itself; the SQL may answer from aggregates and must agree. */
export function matchesFunction(clause: Matches, person: Person, clock: Clock): boolean {
  if (clause.function === "store_credit_accounts") return matchesCredit(clause, person, clock);
  const chosen = choose(clause, person, clock);
  const aggregates = clause.parameters.filter(({ name }) => parameterOf(clause.function, name)?.role === "aggregate");
  if (aggregates.length === 0) return chosen.length > 0;
  return aggregates.every((parameter) => {
    const value = parameter.name === "count" ? BigInt(countOf(chosen)) : sumOf(chosen);
    return inIntegerRange(value, parameterIntegers(parameter, parameter.name === "sum_amount" ? moneyScale(clock) : 0));
  });
}

/** The occurrences the row parameters choose, for the explanation. */
export function occurrencesOf(clause: Matches, person: Person, clock: Clock): Occurrences {
  if (clause.function === "store_credit_accounts") {
    const lots = person.lots.filter(({ unit }) => unit === clock.currency);
    return { count: lots.length, sum: balanceOf(lots, clock), lastAt: latest(lots.map(({ createdAt }) => createdAt)) };
  }
  const chosen = choose(clause, person, clock);
  const sum = clause.function === "orders_placed" ? sumOf(chosen) : null;
  return { count: countOf(chosen), sum, lastAt: latest(chosen.map(({ at }) => at)) };
}

const latest = (dates: Date[]): Date | null =>
  dates.reduce<Date | null>((last, at) => (last === null || at.getTime() > last.getTime() ? at : last), null);
const countOf = (chosen: Occurrence[]): number => new Set(chosen.map(({ group }) => group)).size;
const sumOf = (chosen: Occurrence[]): bigint => chosen.reduce((total, { sum }) => total + sum, 0n);

function choose(clause: Matches, person: Person, clock: Clock): Occurrence[] {
  return occurrences(clause, person, clock).filter((occurrence) =>
    clause.parameters.every((parameter) => {
      const field = parameterOf(clause.function, parameter.name);
      if (!field) return unknownNode(`the parameter ${parameter.name} of ${clause.function}`);
      return field.role === "aggregate" || chosenBy(parameter, occurrence, clause, clock);
    }),
  );
}

function occurrences(clause: Matches, person: Person, clock: Clock): Occurrence[] {
  switch (clause.function) {
    case "orders_placed":
      return person.orders.map((order) => {
        // An order in another currency is an order, but its amount is no amount here.
        const known = order.currency === clock.currency;
        return { at: order.at, group: order, amount: order.total, sum: known ? order.total : 0n, known, ref: null, product: null };
      });
    case "products_purchased":
      return person.lines.map(({ orderId, at, quantity, product }) => {
        const amount = BigInt(quantity);
        return { at, group: orderId, amount, sum: amount, known: true, ref: product?.externalId ?? null, product };
      });
    case "received_campaign":
      return person.campaigns.map((grant) => ({ ...NOTHING, at: grant.at, group: grant, ref: grant.campaignId }));
    case "custom_event":
      return person.events.map((event) => ({ ...NOTHING, ...event, group: event, name: event.kind }));
    case "in_segment":
    case "customer_within_distance":
    case "store_credit_accounts":
      return unknownNode(`occurrences of ${clause.function}`);
    default: {
      const kind = Object.hasOwn(EVENT_KINDS, clause.function)
        ? EVENT_KINDS[clause.function]
        : unknownNode(`the function ${clause.function}`);
      return person.events.filter((event) => event.kind === kind).map((event) => ({ ...NOTHING, ...event, group: event }));
    }
  }
}

function chosenBy(parameter: Parameter, occurrence: Occurrence, clause: Matches, clock: Clock): boolean {
  switch (parameter.name) {
    case "date":
      return inDateRange(occurrence.at, parameterDates(parameter, clock));
    case "amount":
      return occurrence.known && inIntegerRange(occurrence.amount, parameterIntegers(parameter, moneyScale(clock)));
    case "quantity":
      return inIntegerRange(occurrence.amount, parameterIntegers(parameter, 0));
    case "name": {
      const { values, negated } = parameterTexts(parameter);
      return occurrence.name !== undefined && values.includes(occurrence.name) !== negated;
    }
    case "id":
    case "activity_id": {
      const { values, negated } = parameterTexts(parameter);
      return occurrence.ref !== null && values.includes(occurrence.ref) !== negated;
    }
    case "tag": {
      const { values, negated } = parameterTexts(parameter);
      const wanted = values.map(fold);
      return occurrence.product !== null && occurrence.product.tags.some((tag) => wanted.includes(fold(tag))) !== negated;
    }
    default:
      return unknownNode(`the parameter ${parameter.name} of ${clause.function}`);
  }
}

type Lot = Person["lots"][number];

const isSpendable = (lot: Lot, clock: Clock): boolean =>
  lot.remaining > 0n &&
  lot.availableFrom.getTime() <= clock.now.getTime() &&
  (lot.expiresAt === null || lot.expiresAt.getTime() > clock.now.getTime());
const balanceOf = (lots: Lot[], clock: Clock): bigint =>
  lots.filter((lot) => isSpendable(lot, clock)).reduce((sum, lot) => sum + lot.remaining, 0n);

/** Spendable points over all programmes. */
export const pointsOf = (person: Person, clock: Clock): bigint =>
  balanceOf(
    person.lots.filter(({ unit }) => unit.startsWith(POINTS_PREFIX)),
    clock,
  );

/** One account per unit; some account must meet all parameters. */
function matchesCredit(clause: Matches, person: Person, clock: Clock): boolean {
  const named = clause.parameters.some(({ name }) => name === "currency");
  const units = new Set(person.lots.map(({ unit }) => unit));
  return [...units].some((unit) => {
    if (!named && unit !== clock.currency) return false;
    const lots = person.lots.filter((lot) => lot.unit === unit);
    return clause.parameters.every((parameter) => meets(parameter, unit, lots, clock));
  });
}

function meets(parameter: Parameter, unit: string, lots: Lot[], clock: Clock): boolean {
  switch (parameter.name) {
    case "currency": {
      const { values, negated } = parameterTexts(parameter);
      return values.includes(unit) !== negated;
    }
    case "balance":
      return inIntegerRange(balanceOf(lots, clock), parameterIntegers(parameter, moneyScale(clock)));
    case "next_expiry_date": {
      const ends = lots.filter((lot) => isSpendable(lot, clock)).flatMap(({ expiresAt }) => expiresAt ?? []);
      const next = ends.reduce<Date | null>((first, at) => (first === null || at.getTime() < first.getTime() ? at : first), null);
      return next !== null && inDateRange(next, parameterDates(parameter, clock));
    }
    case "last_credit_date": {
      const last = latest(lots.map(({ createdAt }) => createdAt));
      return last !== null && inDateRange(last, parameterDates(parameter, clock));
    }
    default:
      return unknownNode(`the parameter ${parameter.name} of store_credit_accounts`);
  }
}
