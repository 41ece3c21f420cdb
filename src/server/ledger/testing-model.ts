/**
 * The ledger once more, in memory and without a database: the oracle of the property tests. Written from domain.md 1.3–1.7, not from the
 * SQL. Times are whole minutes. Every command works on a copy, so a rejection changes nothing. Merging, refunds, points: testing-people.ts.
 */

export type Origin = "unpaid" | "earned" | "paid";
export type ModelTerms = {
  minOrder?: bigint;
  include?: readonly string[];
  exclude?: readonly string[];
  firstOrderOnly?: boolean;
  noDiscounts?: boolean;
};
export type ModelOrder = {
  total: bigint;
  discounted: boolean;
  firstOrder?: boolean;
  lines: readonly { productId: string; total: bigint }[];
};

export type ModelLot = {
  seq: number;
  customer: number;
  unit: string;
  source: string;
  origin: Origin;
  terms: ModelTerms | null;
  /** The customer's only lot of the source: set for what the source granted, and for what merging put in its place. */
  once: boolean;
  parent: number | null;
  granted: bigint;
  remaining: bigint;
  held: bigint;
  redeemed: bigint;
  expired: bigint;
  recalled: bigint;
  moved: bigint;
  from: number;
  until: number | null;
  created: number;
};
export type ModelHold = {
  key: string;
  customer: number;
  order: string;
  amount: bigint;
  parts: Part[];
  open: boolean;
  until: number;
};
type Part = { lot: number; amount: bigint };
/** What an order took from (+) and gave back to (-) each lot. */
type Use = { order: string; lot: number; amount: bigint };

export type Model = {
  now: number;
  lots: ModelLot[];
  holds: ModelHold[];
  uses: Use[];
  /** What each order took from and gave back to its payers; the one who paid last is last. */
  payers: Record<string, { customer: number; paid: bigint; refunded: bigint }[]>;
  recalledSources: string[];
  /** By customer and unit. */
  debts: Record<string, bigint>;
  merged: Record<number, number>;
  budgets: Record<string, { cap: bigint; granted: bigint }>;
};

export const emptyModel = (now: number): Model => ({
  now,
  lots: [],
  holds: [],
  uses: [],
  payers: {},
  recalledSources: [],
  debts: {},
  merged: {},
  budgets: {},
});

export class Rejection extends Error {
  constructor(
    readonly code: string,
    readonly params: Record<string, string> = {},
  ) {
    super(code);
  }
}

export const sum = (values: bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export const bySpendingOrder = (a: ModelLot, b: ModelLot): number =>
  (a.until ?? Number.POSITIVE_INFINITY) === (b.until ?? Number.POSITIVE_INFINITY)
    ? a.created - b.created || a.seq - b.seq
    : (a.until ?? Number.POSITIVE_INFINITY) - (b.until ?? Number.POSITIVE_INFINITY);

export const lapsed = (lot: ModelLot, now: number): boolean => lot.until !== null && lot.until <= now;

export const creditOf = (model: Model, customer: number, unit = "EUR"): bigint =>
  sum(model.lots.filter((lot) => lot.customer === customer && lot.unit === unit).map((lot) => lot.remaining));

export const debtKey = (customer: number, unit: string): string => `${customer} ${unit}`;
export const debtOf = (model: Model, customer: number, unit: string): bigint => model.debts[debtKey(customer, unit)] ?? 0n;

/** Who has the customer's credit now. */
export const heirOf = (model: Model, customer: number): number => {
  const into = model.merged[customer];
  return into === undefined ? customer : heirOf(model, into);
};

export const lotOf = (model: Model, seq: number): ModelLot => {
  const lot = model.lots.find((candidate) => candidate.seq === seq);
  if (!lot) throw new Error(`model: no lot ${seq}`);
  return lot;
};

const reaches = (terms: ModelTerms, product: string): boolean =>
  (!terms.include || terms.include.includes(product)) && !terms.exclude?.includes(product);

/**
 * How much of each lot an order may take. Credit for certain products is money that flows to the lines they name, each line a vessel that
 * fills once: lot after lot in spending order gets the largest flow that leaves what the earlier ones have (augmenting paths).
 */
function usable(lots: readonly ModelLot[], order: ModelOrder | null): Map<number, bigint> {
  const parts = new Map<number, bigint>();
  const free = order?.lines.map((line) => line.total) ?? [];
  const flows: { lot: ModelLot; terms: ModelTerms; into: bigint[] }[] = [];
  for (const lot of lots) {
    const { terms } = lot;
    if (!terms) parts.set(lot.seq, lot.remaining);
    else if (!order || !meets(terms, order)) parts.set(lot.seq, 0n);
    else if (!terms.include && !terms.exclude) parts.set(lot.seq, lot.remaining);
    else {
      const own = { lot, terms, into: order.lines.map(() => 0n) };
      flows.push(own);
      let left = lot.remaining;
      for (let pushed = 1n; left > 0n && pushed > 0n; left -= pushed)
        pushed = augment(flows, flows.length - 1, left, order, free, new Set());
      parts.set(lot.seq, lot.remaining - left);
    }
  }
  return parts;
}

const meets = (terms: ModelTerms, order: ModelOrder): boolean =>
  order.total >= (terms.minOrder ?? 0n) &&
  !(terms.firstOrderOnly && order.firstOrder === false) &&
  !(terms.noDiscounts && order.discounted);

/** Pushes up to `amount` from a lot into its lines, moving other lots' money to other lines where that makes room. */
function augment(
  flows: { terms: ModelTerms; into: bigint[] }[],
  from: number,
  amount: bigint,
  order: ModelOrder,
  free: bigint[],
  seen: Set<number>,
): bigint {
  const own = flows[from];
  if (!own || seen.has(from)) return 0n;
  seen.add(from);
  for (const [index, line] of order.lines.entries()) {
    if (!reaches(own.terms, line.productId)) continue;
    const room = min(amount, free[index] ?? 0n);
    if (room > 0n) {
      free[index] = (free[index] ?? 0n) - room;
      own.into[index] = (own.into[index] ?? 0n) + room;
      return room;
    }
    for (const [other, flow] of flows.entries()) {
      const theirs = flow.into[index] ?? 0n;
      if (other === from || theirs === 0n) continue;
      const made = augment(flows, other, min(amount, theirs), order, free, seen);
      if (made === 0n) continue;
      flow.into[index] = theirs - made;
      own.into[index] = (own.into[index] ?? 0n) + made;
      return made;
    }
  }
  return 0n;
}

type Take = {
  customer: number;
  amount: bigint;
  to: "held" | "redeemed" | "recalled" | "moved";
  unit?: string;
  order?: ModelOrder | null;
  any?: boolean;
};

export function take(model: Model, { customer, amount, to, unit = "EUR", order = null, any = false }: Take): Part[] {
  const lots = model.lots
    .filter(
      (lot) => lot.customer === customer && lot.unit === unit && lot.remaining > 0n && lot.from <= model.now && !lapsed(lot, model.now),
    )
    .sort(bySpendingOrder);
  const open = sum(lots.map((lot) => lot.remaining));
  const parts = any ? new Map(lots.map((lot) => [lot.seq, lot.remaining])) : usable(lots, order);
  const available = sum([...parts.values()]);
  if (available < amount)
    throw new Rejection(open < amount ? "INSUFFICIENT_CREDIT" : "CREDIT_TERMS_UNMET", {
      available: `${available}`,
      missing: `${amount - available}`,
    });
  const taken: Part[] = [];
  let left = amount;
  for (const lot of lots) {
    const part = min(left, parts.get(lot.seq) ?? 0n);
    if (part === 0n) continue;
    lot.remaining -= part;
    lot[to] += part;
    left -= part;
    taken.push({ lot: lot.seq, amount: part });
  }
  return taken;
}

export type ModelGrant = {
  customers: number[];
  amount: bigint;
  unit: string;
  source: string;
  origin: Origin;
  terms: ModelTerms | null;
  from: number;
  until: number | null;
  budget: { name: string; cap: bigint | null } | null;
  cap: { amount: bigint; since: number } | null;
};

export function grant(model: Model, input: ModelGrant) {
  const { amount, unit, source, origin, terms, from, until } = input;
  const skipped: string[] = [];
  const receivers: number[] = [];
  for (const named of input.customers) {
    const customer = heirOf(model, named);
    const has = model.lots.some((lot) => lot.customer === customer && lot.source === source && lot.once);
    const again = input.customers.some(
      (other) => other !== named && heirOf(model, other) === customer && (other === customer || other < named),
    );
    if (customer !== named && (again || has)) skipped.push("merged");
    else if (input.cap && amount + gotSince(model, customer, unit, input.cap.since) > input.cap.amount) skipped.push("customerCap");
    else receivers.push(customer);
  }
  const answer = { granted: receivers.length, total: amount * BigInt(receivers.length), netted: 0n, reasons: skipped.sort() };
  if (receivers.length === 0) return answer;
  if (until !== null && until <= Math.max(model.now, from)) throw new Rejection("EXPIRES_IN_PAST");
  for (const customer of receivers) {
    if (model.lots.some((lot) => lot.customer === customer && lot.source === source && lot.once)) throw new Rejection("CONFLICT");
    const lot = addLot(model, { customer, unit, amount, source, origin, terms, once: true, parent: null, from, until, created: model.now });
    if (origin !== "paid") answer.netted += net(model, lot);
  }
  if (input.budget) spendBudget(model, input.budget, answer.total);
  return answer;
}

/** Debt comes off credit that was just given. */
export function net(model: Model, lot: ModelLot): bigint {
  const debt = debtOf(model, lot.customer, lot.unit);
  const netted = min(debt, lot.remaining);
  lot.remaining -= netted;
  lot.recalled += netted;
  model.debts[debtKey(lot.customer, lot.unit)] = debt - netted;
  return netted;
}

function gotSince(model: Model, customer: number, unit: string, since: number): bigint {
  const gifts = model.lots.filter(
    (lot) =>
      heirOf(model, lot.customer) === customer && lot.unit === unit && lot.parent === null && lot.origin !== "paid" && lot.created >= since,
  );
  return sum(gifts.map((lot) => lot.granted - lot.recalled));
}

function spendBudget(model: Model, { name, cap }: { name: string; cap: bigint | null }, total: bigint): void {
  const before = model.budgets[name];
  const limit = cap ?? before?.cap;
  if (limit === undefined) throw new Rejection("NOT_FOUND");
  const granted = (before?.granted ?? 0n) + total;
  if (granted > limit) throw new Rejection("BUDGET_EXCEEDED", { missing: `${min(granted - limit, total)}`, requested: `${total}` });
  model.budgets[name] = { cap: limit, granted };
}

type NewLot = Omit<ModelLot, "seq" | "granted" | "remaining" | "held" | "redeemed" | "expired" | "recalled" | "moved"> & { amount: bigint };

export function addLot(model: Model, { amount, ...rest }: NewLot): ModelLot {
  const empty = { held: 0n, redeemed: 0n, expired: 0n, recalled: 0n, moved: 0n };
  const lot: ModelLot = { ...rest, ...empty, seq: model.lots.length, granted: amount, remaining: amount };
  model.lots.push(lot);
  return lot;
}

function pay(model: Model, order: string, customer: number, amount: bigint): void {
  const payers = model.payers[order] ?? [];
  const payer = payers.find((candidate) => candidate.customer === customer) ?? { customer, paid: 0n, refunded: 0n };
  payer.paid += amount;
  model.payers[order] = [...payers.filter((candidate) => candidate !== payer), payer];
}

export function redeem(model: Model, named: number, amount: bigint, orderRef: string, order: ModelOrder | null) {
  const customer = heirOf(model, named);
  for (const part of take(model, { customer, amount, to: "redeemed", order })) model.uses.push({ order: orderRef, ...part });
  pay(model, orderRef, customer, amount);
  return { amount, balance: creditOf(model, customer) };
}

export type ModelHolding = { key: string; customer: number; amount: bigint; orderRef: string; ttl: number; order: ModelOrder | null };

export function hold(model: Model, { key, customer: named, amount, orderRef, ttl, order }: ModelHolding) {
  const customer = heirOf(model, named);
  const former = model.holds.find((candidate) => candidate.order === orderRef && candidate.open);
  // One of another customer waits for the sweep: closing it needs that customer's lock.
  if (former && former.until <= model.now && former.customer === customer) close(model, former, 0n);
  else if (former) throw new Rejection(creditOf(model, customer) < amount ? "INSUFFICIENT_CREDIT" : "HOLD_EXISTS");
  const parts = take(model, { customer, amount, to: "held", order });
  model.holds.push({ key, customer, order: orderRef, amount, parts, open: true, until: model.now + ttl });
  return { amount, balance: creditOf(model, customer) };
}

function close(model: Model, held: ModelHold, captured: bigint): void {
  held.open = false;
  let left = captured;
  for (const part of held.parts) {
    const lot = lotOf(model, part.lot);
    const used = min(left, part.amount);
    left -= used;
    lot.held -= part.amount;
    lot.redeemed += used;
    lot.remaining += part.amount - used;
    if (used > 0n) model.uses.push({ order: held.order, lot: part.lot, amount: used });
  }
  if (captured > 0n) pay(model, held.order, held.customer, captured);
}

export function closeHold(model: Model, key: string, amount: bigint | null) {
  const held = model.holds.find((candidate) => candidate.key === key);
  if (!held) throw new Rejection("NOT_FOUND");
  if (!held.open || held.until <= model.now) throw new Rejection("NO_OPEN_HOLD");
  const captured = amount ?? 0n;
  if (captured > held.amount) throw new Rejection("CAPTURE_EXCEEDS_HOLD");
  close(model, held, captured);
  return { captured, released: held.amount - captured, balance: creditOf(model, held.customer) };
}

export function releaseOverdue(model: Model): number {
  const overdue = model.holds.filter((held) => held.open && held.until <= model.now);
  for (const held of overdue) close(model, held, 0n);
  return overdue.length;
}

export function expire(model: Model) {
  const due = model.lots.filter((lot) => lapsed(lot, model.now) && lot.remaining > 0n);
  const total = sum(due.map((lot) => lot.remaining));
  for (const lot of due) {
    lot.expired += lot.remaining;
    lot.remaining = 0n;
  }
  return { lots: due.length, total };
}

export function recall(model: Model, source: string) {
  if (!model.recalledSources.includes(source)) model.recalledSources.push(source);
  const open = model.lots.filter((lot) => lot.source === source && lot.remaining > 0n && !lapsed(lot, model.now));
  const total = sum(open.map((lot) => lot.remaining));
  for (const lot of open) {
    lot.recalled += lot.remaining;
    lot.remaining = 0n;
  }
  return { lots: open.length, total };
}

export function deduct(model: Model, named: number, amount: bigint) {
  const customer = heirOf(model, named);
  take(model, { customer, amount, to: "recalled", any: true });
  return { amount, balance: creditOf(model, customer) };
}
