/**
 * The ledger once more, in memory and without a database: the oracle of the property tests. Written from domain.md 1.3–1.7, not from the
 * SQL. Times are whole minutes. Every command works on a copy, so a rejection changes nothing.
 */

export type ModelLot = {
  seq: number;
  customer: number;
  source: string;
  origin: "unpaid" | "earned";
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
type ModelHold = {
  key: string;
  customer: number;
  order: string;
  amount: bigint;
  parts: { lot: number; amount: bigint }[];
  open: boolean;
  until: number;
};
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
  debts: bigint[];
  merged: Record<number, number>;
};

export const emptyModel = (now: number): Model => ({
  now,
  lots: [],
  holds: [],
  uses: [],
  payers: {},
  recalledSources: [],
  debts: [0n, 0n],
  merged: {},
});

export class Rejection extends Error {
  constructor(
    readonly code: string,
    readonly params: Record<string, string> = {},
  ) {
    super(code);
  }
}

const sum = (values: bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const GRACE_MINUTES = { unpaid: 14 * 24 * 60, earned: 30 * 24 * 60 };

const bySpendingOrder = (a: ModelLot, b: ModelLot): number =>
  (a.until ?? Number.POSITIVE_INFINITY) === (b.until ?? Number.POSITIVE_INFINITY)
    ? a.created - b.created || a.seq - b.seq
    : (a.until ?? Number.POSITIVE_INFINITY) - (b.until ?? Number.POSITIVE_INFINITY);

const lapsed = (lot: ModelLot, now: number): boolean => lot.until !== null && lot.until <= now;

export const creditOf = (model: Model, customer: number): bigint =>
  sum(model.lots.filter((lot) => lot.customer === customer).map((lot) => lot.remaining));

const spendable = (model: Model, customer: number): ModelLot[] =>
  model.lots
    .filter((lot) => lot.customer === customer && lot.remaining > 0n && lot.from <= model.now && !lapsed(lot, model.now))
    .sort(bySpendingOrder);

function take(model: Model, customer: number, amount: bigint, to: "held" | "redeemed" | "recalled"): { lot: number; amount: bigint }[] {
  const lots = spendable(model, customer);
  const available = sum(lots.map((lot) => lot.remaining));
  if (available < amount) throw new Rejection("INSUFFICIENT_CREDIT", { available: `${available}`, missing: `${amount - available}` });
  const parts: { lot: number; amount: bigint }[] = [];
  let left = amount;
  for (const lot of lots) {
    if (left === 0n) break;
    const part = min(left, lot.remaining);
    lot.remaining -= part;
    lot[to] += part;
    left -= part;
    parts.push({ lot: lot.seq, amount: part });
  }
  return parts;
}

const lotOf = (model: Model, seq: number): ModelLot => {
  const lot = model.lots.find((candidate) => candidate.seq === seq);
  if (!lot) throw new Error(`model: no lot ${seq}`);
  return lot;
};

type Grant = { customer: number; amount: bigint; source: string; origin: ModelLot["origin"]; from: number; until: number | null };

export function grant(model: Model, { customer: named, amount, source, origin, from, until }: Grant) {
  const customer = heirOf(model, named);
  // Merged into somebody who has the drop's credit: nothing to give, and nothing wrong.
  if (customer !== named && model.lots.some((lot) => lot.customer === customer && lot.source === source && lot.once))
    return { granted: 0, total: 0n, netted: 0n };
  if (until !== null && until <= Math.max(model.now, from)) throw new Rejection("EXPIRES_IN_PAST");
  if (model.lots.some((lot) => lot.customer === customer && lot.source === source && lot.once)) throw new Rejection("CONFLICT");
  const lot = addLot(model, { customer, amount, source, origin, once: true, parent: null, from, until, created: model.now });
  const netted = min(model.debts[customer] ?? 0n, amount);
  lot.remaining -= netted;
  lot.recalled += netted;
  model.debts[customer] = (model.debts[customer] ?? 0n) - netted;
  return { granted: 1, total: amount, netted };
}

type NewLot = Pick<ModelLot, "customer" | "source" | "origin" | "once" | "parent" | "from" | "until" | "created"> & { amount: bigint };

function addLot(model: Model, { amount, ...rest }: NewLot): ModelLot {
  const lot: ModelLot = {
    ...rest,
    seq: model.lots.length,
    granted: amount,
    remaining: amount,
    held: 0n,
    redeemed: 0n,
    expired: 0n,
    recalled: 0n,
    moved: 0n,
  };
  model.lots.push(lot);
  return lot;
}

/** Takes back earned credit, upcoming too; the rest is debt. */
export function clawback(model: Model, named: number, amount: bigint, source: string) {
  const customer = heirOf(model, named);
  const earned = model.lots
    .filter((lot) => lot.customer === customer && lot.origin === "earned" && lot.remaining > 0n && !lapsed(lot, model.now))
    .sort((a, b) => Number(b.source === source) - Number(a.source === source) || bySpendingOrder(a, b));
  let left = amount;
  for (const lot of earned) {
    const part = min(left, lot.remaining);
    lot.remaining -= part;
    lot.recalled += part;
    left -= part;
  }
  model.debts[customer] = (model.debts[customer] ?? 0n) + left;
  return { taken: amount - left, debt: model.debts[customer], balance: creditOf(model, customer) };
}

/** Puts a part of a lot into a new lot of another customer. */
function moveLot(model: Model, lot: ModelLot, into: number, amount: bigint, bucket: "remaining" | "held"): ModelLot {
  lot[bucket] -= amount;
  lot.moved += amount;
  const once = lot.once && !model.lots.some((other) => other.customer === into && other.once && other.source === lot.source);
  const { source, origin, from, until, created } = lot;
  const copy = addLot(model, { customer: into, amount, source, origin, once, parent: lot.seq, from, until, created });
  if (bucket === "held") {
    copy.remaining = 0n;
    copy.held = amount;
  }
  return copy;
}

function moveCustomer(model: Model, from: number, into: number): { moved: bigint; held: bigint; recalled: bigint; debt: bigint } {
  let recalled = 0n;
  for (const lot of model.lots.filter((own) => own.customer === from && own.once)) {
    const twin = model.lots.find((other) => other.customer === into && other.once && other.source === lot.source);
    if (!twin) continue;
    const loser = lot.remaining < lot.granted && twin.remaining === twin.granted ? twin : lot;
    if (lapsed(loser, model.now)) continue;
    recalled += loser.remaining;
    loser.recalled += loser.remaining;
    loser.remaining = 0n;
  }
  let moved = 0n;
  for (const lot of model.lots.filter((own) => own.customer === from && own.remaining > 0n)) {
    moved += lot.remaining;
    moveLot(model, lot, into, lot.remaining, "remaining");
  }
  let held = 0n;
  for (const open of model.holds.filter((candidate) => candidate.customer === from && candidate.open)) {
    held += open.amount;
    open.customer = into;
    open.parts = open.parts.map((part) => ({
      lot: moveLot(model, lotOf(model, part.lot), into, part.amount, "held").seq,
      amount: part.amount,
    }));
  }
  const debt = model.debts[from] ?? 0n;
  model.debts[into] = (model.debts[into] ?? 0n) + debt;
  model.debts[from] = 0n;
  return { moved, held, recalled, debt };
}

export function merge(model: Model, from: number, into: number) {
  if (model.merged[into] !== undefined) throw new Rejection("CONFLICT");
  model.merged[from] = into;
  const { moved, held, recalled, debt } = moveCustomer(model, from, into);
  return { moved, held, recalled, debt };
}

function pay(model: Model, order: string, customer: number, amount: bigint): void {
  const payers = model.payers[order] ?? [];
  const payer = payers.find((candidate) => candidate.customer === customer) ?? { customer, paid: 0n, refunded: 0n };
  payer.paid += amount;
  model.payers[order] = [...payers.filter((candidate) => candidate !== payer), payer];
}

export function redeem(model: Model, named: number, amount: bigint, order: string) {
  const customer = heirOf(model, named);
  for (const part of take(model, customer, amount, "redeemed")) model.uses.push({ order, ...part });
  pay(model, order, customer, amount);
  return { amount, balance: creditOf(model, customer) };
}

export function hold(model: Model, key: string, named: number, amount: bigint, order: string, ttl: number) {
  const customer = heirOf(model, named);
  const former = model.holds.find((candidate) => candidate.order === order && candidate.open);
  // One that went to another customer by merging waits for the sweep: closing it needs that customer's lock.
  if (former && former.until <= model.now && former.customer === customer) close(model, former, 0n);
  else if (former) throw new Rejection(creditOf(model, customer) < amount ? "INSUFFICIENT_CREDIT" : "HOLD_EXISTS");
  const parts = take(model, customer, amount, "held");
  model.holds.push({ key, customer, order, amount, parts, open: true, until: model.now + ttl });
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

const heirOf = (model: Model, customer: number): number => {
  const into = model.merged[customer];
  return into === undefined ? customer : heirOf(model, into);
};

export function refund(model: Model, order: string, wanted: { amount: bigint } | { refundTotal: bigint; orderTotal: bigint }) {
  const payers = model.payers[order] ?? [];
  const [heir, ...others] = new Set(payers.map((payer) => heirOf(model, payer.customer)));
  if (heir === undefined) throw new Rejection("NOT_FOUND");
  if (others.length > 0) throw new Rejection("CONFLICT");
  const paid = sum(payers.map((payer) => payer.paid));
  const before = sum(payers.map((payer) => payer.refunded));
  let amount: bigint;
  if ("amount" in wanted) amount = wanted.amount;
  else {
    const share = (wanted.refundTotal * paid) / wanted.orderTotal - before;
    if (share <= 0n) return { amount: 0n, refundable: paid - before };
    amount = share;
  }
  if (amount > paid - before) throw new Rejection("REFUND_EXCEEDS_CAPTURE", { refundable: `${paid - before}` });
  let left = amount;
  let recalled = 0n;
  for (const payer of payers.toReversed()) {
    const part = min(left, payer.paid - payer.refunded);
    if (part === 0n) continue;
    left -= part;
    payer.refunded += part;
    recalled += giveBack(model, order, payer.customer, part);
    if (payer.customer !== heir) moveCustomer(model, payer.customer, heir);
  }
  return { amount, refundable: paid - before - amount, balance: creditOf(model, heir), recalled };
}

/** Back to the payer's lots, the latest-expiring first. @returns what left again, because its source was recalled. */
function giveBack(model: Model, order: string, customer: number, amount: bigint): bigint {
  const used = new Map<number, bigint>();
  for (const use of model.uses.filter((u) => u.order === order && lotOf(model, u.lot).customer === customer))
    used.set(use.lot, (used.get(use.lot) ?? 0n) + use.amount);
  const lots = [...used.keys()].map((seq) => lotOf(model, seq)).sort((a, b) => bySpendingOrder(b, a));
  let left = amount;
  let recalled = 0n;
  for (const lot of lots) {
    const part = min(left, used.get(lot.seq) ?? 0n);
    if (part === 0n) continue;
    left -= part;
    lot.redeemed -= part;
    model.uses.push({ order, lot: lot.seq, amount: -part });
    if (lot.origin === "unpaid" && model.recalledSources.includes(lot.source)) {
      lot.recalled += part;
      recalled += part;
    } else if (lapsed(lot, model.now)) restore(model, lot, part);
    else lot.remaining += part;
  }
  if (left !== 0n) throw new Error("model: the order's uses do not cover its refund");
  return recalled;
}

/** Value that returns to a lapsed lot becomes a new one with grace. */
function restore(model: Model, lot: ModelLot, amount: bigint): void {
  lot.moved += amount;
  const { customer, source, origin, seq: parent } = lot;
  const until = Math.max(lot.until ?? 0, model.now + GRACE_MINUTES[origin]);
  addLot(model, { customer, amount, source, origin, once: false, parent, from: model.now, until, created: model.now });
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
  take(model, customer, amount, "recalled");
  return { amount, balance: creditOf(model, customer) };
}
