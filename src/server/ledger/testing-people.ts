/** The oracle's second half: claw-back, points, merging, refunds (domain.md 1.3, 1.7, B20, B25). */
import {
  addLot,
  bySpendingOrder,
  creditOf,
  debtKey,
  debtOf,
  heirOf,
  lapsed,
  lotOf,
  type Model,
  type ModelLot,
  min,
  net,
  Rejection,
  sum,
  take,
} from "./testing-model";

const DAY = 24 * 60;
const GRACE_MINUTES = { unpaid: 14 * DAY, earned: 30 * DAY, paid: 30 * DAY };

/** Takes back earned credit, upcoming too; the rest is debt. */
export function clawback(model: Model, named: number, amount: bigint, source: string) {
  const customer = heirOf(model, named);
  const earned = model.lots
    .filter(
      (lot) => lot.customer === customer && lot.unit === "EUR" && lot.origin === "earned" && lot.remaining > 0n && !lapsed(lot, model.now),
    )
    .sort((a, b) => Number(b.source === source) - Number(a.source === source) || bySpendingOrder(a, b));
  let left = amount;
  for (const lot of earned) {
    const part = min(left, lot.remaining);
    lot.remaining -= part;
    lot.recalled += part;
    left -= part;
  }
  const debt = debtOf(model, customer, "EUR") + left;
  model.debts[debtKey(customer, "EUR")] = debt;
  return { taken: amount - left, debt, balance: creditOf(model, customer) };
}

export const POINTS = "PTS:club";

export function convert(model: Model, named: number, points: bigint, amount: bigint, until: number | null) {
  const customer = heirOf(model, named);
  take(model, { customer, amount: points, to: "moved", unit: POINTS });
  const { now } = model;
  const lot = { customer, unit: "EUR", amount, source: "points", origin: "earned" as const, terms: null, once: false, parent: null };
  const netted = net(model, addLot(model, { ...lot, from: now, until, created: now }));
  return { points, amount, netted, left: creditOf(model, customer, POINTS) };
}

/** Puts a part of a lot into a new lot of another customer. */
function moveLot(model: Model, lot: ModelLot, into: number, amount: bigint, bucket: "remaining" | "held"): ModelLot {
  lot[bucket] -= amount;
  lot.moved += amount;
  const once = lot.once && !model.lots.some((other) => other.customer === into && other.once && other.source === lot.source);
  const { unit, source, origin, terms, from, until, created } = lot;
  const copy = addLot(model, { customer: into, unit, amount, source, origin, terms, once, parent: lot.seq, from, until, created });
  if (bucket === "held") {
    copy.remaining = 0n;
    copy.held = amount;
  }
  return copy;
}

type Moved = { unit: string; moved: bigint; held: bigint; recalled: bigint; debt: bigint };

function moveCustomer(model: Model, from: number, into: number, unit: string): Moved {
  let recalled = 0n;
  for (const lot of model.lots.filter((own) => own.customer === from && own.unit === unit && own.once)) {
    const twin = model.lots.find((other) => other.customer === into && other.unit === unit && other.once && other.source === lot.source);
    if (!twin) continue;
    const loser = lot.remaining < lot.granted && twin.remaining === twin.granted ? twin : lot;
    if (lapsed(loser, model.now)) continue;
    recalled += loser.remaining;
    loser.recalled += loser.remaining;
    loser.remaining = 0n;
  }
  let moved = 0n;
  for (const lot of model.lots.filter((own) => own.customer === from && own.unit === unit && own.remaining > 0n)) {
    moved += lot.remaining;
    moveLot(model, lot, into, lot.remaining, "remaining");
  }
  let held = 0n;
  for (const open of model.holds.filter((candidate) => unit === "EUR" && candidate.customer === from && candidate.open)) {
    held += open.amount;
    open.customer = into;
    open.parts = open.parts.map((part) => ({
      lot: moveLot(model, lotOf(model, part.lot), into, part.amount, "held").seq,
      amount: part.amount,
    }));
  }
  const debt = debtOf(model, from, unit);
  model.debts[debtKey(into, unit)] = debtOf(model, into, unit) + debt;
  model.debts[debtKey(from, unit)] = 0n;
  return { unit, moved, held, recalled, debt };
}

export function merge(model: Model, from: number, into: number): { units: Moved[] } {
  if (model.merged[into] !== undefined || (model.merged[from] !== undefined && model.merged[from] !== into))
    throw new Rejection("CONFLICT");
  model.merged[from] = into;
  return { units: ["EUR", POINTS].map((unit) => moveCustomer(model, from, into, unit)) };
}

export function refund(model: Model, order: string, wanted: { amount: bigint } | { refundTotal: bigint; orderTotal: bigint }) {
  const payers = model.payers[order] ?? [];
  const [heir, ...others] = new Set(payers.map((payer) => heirOf(model, payer.customer)));
  if (heir === undefined) throw new Rejection("NOT_FOUND");
  // Paid by people who are still two: somebody has to say whose part goes back.
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
    if (payer.customer !== heir) moveCustomer(model, payer.customer, heir, "EUR");
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
  const { customer, unit, source, origin, terms, seq: parent } = lot;
  const until = Math.max(lot.until ?? 0, model.now + GRACE_MINUTES[origin]);
  addLot(model, { customer, unit, amount, source, origin, terms, once: false, parent, from: model.now, until, created: model.now });
}
