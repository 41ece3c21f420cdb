/** One step of a random program twice: as the verb that the product calls, and as the oracle's. */
import type { ShopContext } from "@/server/tenancy/context";
import { clawback } from "./clawback";
import { convert } from "./convert";
import { deduct } from "./deduct";
import { expireDue } from "./expire-due";
import { grantMany } from "./grant-many";
import { capture, hold, release, releaseOverdueHolds } from "./hold";
import { mergeCustomerCredit } from "./merge-customers";
import { recallSource } from "./recall-source";
import { redeem } from "./redeem";
import { refund } from "./refund";
import { type Command, TERMS } from "./testing-commands";
import * as model from "./testing-model";
import * as people from "./testing-people";
import { POINTS } from "./testing-people";

/** Where a program runs: a shop of an organisation of its own. `start` is minute 0. */
export type World = { ctx: ShopContext; customers: string[]; sources: string[]; terms: string[]; start: number };

type Both = { real: () => Promise<Record<string, unknown>>; oracle: (m: model.Model) => Record<string, unknown> };
type Operation = Exclude<Command, { op: "wait" | "edge" | "replay" }>;
type Of<Op extends Command["op"]> = Extract<Command, { op: Op }>;

const HALF_HOUR = 30;
/** A source that never gave anything. */
const NOBODY = "00000000-0000-0000-0000-000000000000";
const ORIGINS: readonly model.Origin[] = ["unpaid", "earned", "unpaid", "earned", "unpaid", "earned", "paid", "earned"];
const POINTS_SOURCE = 7;

const dateIn = (world: World, minute: number | null): Date | null => (minute === null ? null : new Date(world.start + minute * 60_000));

function grant(world: World, ctx: ShopContext, { now }: model.Model, cmd: Of<"grant">, key: string): Both {
  const who = cmd.both ? [...new Set([cmd.who, (cmd.who + 1) % world.customers.length])] : [cmd.who];
  // A source grants one kind of credit in one unit.
  const source = world.sources[cmd.source] ?? "";
  const origin = ORIGINS[cmd.source] ?? "unpaid";
  const unit = cmd.source === POINTS_SOURCE ? POINTS : "EUR";
  const from = now + cmd.from * HALF_HOUR;
  const until = cmd.until === null ? null : now + cmd.until * HALF_HOUR;
  const dates = { availableFrom: dateIn(world, from), expiresAt: dateIn(world, until) };
  const since = cmd.cap ? now - cmd.cap.steps * HALF_HOUR : 0;
  const { budget } = cmd;
  const input = {
    source: { type: "drop" as const, id: source },
    chunkKey: key,
    unit,
    originClass: origin,
    ...(cmd.ownDates ? { availableFrom: null, expiresAt: null } : dates),
    grants: who.map((n) => ({ customerId: world.customers[n] ?? "", amount: cmd.amount, ...(cmd.ownDates ? dates : {}) })),
    termsId: cmd.terms === null ? null : world.terms[cmd.terms],
    ...(budget ? { budgets: [{ scope: budget.scope, key: "all", unit, ...(budget.cap === null ? {} : { cap: budget.cap }) }] } : {}),
    customerCap: cmd.cap ? { amount: cmd.cap.amount, since: dateIn(world, since) ?? new Date(0) } : null,
  };
  return {
    real: async () => {
      const { skipped, netted, ...answer } = await grantMany(ctx, input);
      return { ...answer, netted: netted ?? 0n, reasons: skipped.map(({ reason }) => reason).sort() };
    },
    oracle: (m) =>
      model.grant(m, {
        ...{ customers: who, amount: cmd.amount, unit, source, origin, from, until },
        terms: cmd.terms === null ? null : (TERMS[cmd.terms] ?? null),
        budget: budget ? { name: `${budget.scope} ${unit}`, cap: budget.cap } : null,
        cap: cmd.cap ? { amount: cmd.cap.amount, since } : null,
      }),
  };
}

type Spend = { world: World; ctx: ShopContext; customerId: string; orderRef: string; key: string };

function spend({ ctx, customerId, orderRef, key }: Spend, cmd: Of<"hold"> | Of<"redeem">): Both {
  const { facts, amount } = cmd;
  const order = facts
    ? {
        total: facts.total,
        discounted: facts.discounted,
        lines: facts.lines,
        ...(facts.firstOrder === undefined ? {} : { firstOrder: facts.firstOrder }),
      }
    : null;
  const input = { key, customerId, unit: "EUR", amount, orderRef, ...(order ? { order } : {}) };
  if (cmd.op === "redeem") return { real: () => redeem(ctx, input), oracle: (m) => model.redeem(m, cmd.who, amount, orderRef, order) };
  const ttl = cmd.ttl * HALF_HOUR;
  return {
    real: () => hold(ctx, { ...input, ttlSeconds: ttl * 60 }),
    oracle: (m) => model.hold(m, { key, customer: cmd.who, amount, orderRef, ttl, order }),
  };
}

function closeHold(ctx: ShopContext, state: model.Model, cmd: Of<"capture"> | Of<"release">, key: string, known: Held | undefined): Both {
  const held = known ?? { id: crypto.randomUUID(), key: "none" };
  if (cmd.op === "release")
    return { real: () => release(ctx, { key, holdId: held.id }), oracle: (m) => model.closeHold(m, held.key, null) };
  const all = state.holds.find((candidate) => candidate.key === held.key)?.amount ?? 1n;
  return {
    real: () => capture(ctx, { key, holdId: held.id, ...(cmd.amount === null ? {} : { amount: cmd.amount }) }),
    oracle: (m) => model.closeHold(m, held.key, cmd.amount ?? all),
  };
}

function merge(world: World, ctx: ShopContext, cmd: Of<"merge">, key: string): Both {
  const into = (cmd.who + 1) % world.customers.length;
  const input = { key, fromCustomerId: world.customers[cmd.who] ?? "", intoCustomerId: world.customers[into] ?? "", reason: "test" };
  return {
    // A customer without an account in a unit has nothing to tell about it.
    real: async () => {
      const { units } = await mergeCustomerCredit(ctx, input);
      const none = { moved: 0n, held: 0n, recalled: 0n, debt: 0n };
      return { units: ["EUR", POINTS].map((unit) => units.find((own) => own.unit === unit) ?? { unit, ...none }) };
    },
    oracle: (m) => people.merge(m, cmd.who, into),
  };
}

type Held = { id: string; key: string };

export function operationOf(world: World, ctx: ShopContext, state: model.Model, cmd: Operation, key: string, held: Held | undefined): Both {
  const customerId = world.customers["who" in cmd ? cmd.who : 0] ?? "";
  const orderRef = "who" in cmd && "order" in cmd ? (cmd.order === 2 ? "shared" : `o${cmd.who}-${cmd.order}`) : "";
  const source = "source" in cmd ? (world.sources[cmd.source] ?? "") : "";
  switch (cmd.op) {
    case "grant":
      return grant(world, ctx, state, cmd, key);
    case "hold":
    case "redeem":
      return spend({ world, ctx, customerId, orderRef, key }, cmd);
    case "capture":
    case "release":
      return closeHold(ctx, state, cmd, key, held);
    case "overdue":
      return { real: async () => ({ count: await releaseOverdueHolds(ctx) }), oracle: (m) => ({ count: model.releaseOverdue(m) }) };
    case "refund":
    case "split": {
      const wanted = cmd.op === "refund" ? { amount: cmd.amount } : { refundTotal: cmd.part, orderTotal: 100n };
      return { real: () => refund(ctx, { key, orderRef, ...wanted }), oracle: (m) => people.refund(m, orderRef, wanted) };
    }
    case "expire":
      return { real: () => expireDue(ctx), oracle: (m) => model.expire(m) };
    case "recall": {
      // A source that has given something, or none.
      const given = [...new Set(state.lots.map((lot) => lot.source))].filter((id) => world.sources.includes(id));
      const id = given[cmd.which % (given.length + 1)] ?? NOBODY;
      return {
        real: () => recallSource(ctx, { key, source: { type: "drop", id }, reason: "test" }),
        oracle: (m) => model.recall(m, id),
      };
    }
    case "clawback":
      return {
        real: () => clawback(ctx, { key, customerId, unit: "EUR", amount: cmd.amount, sourceId: source, reason: "test" }),
        oracle: (m) => people.clawback(m, cmd.who, cmd.amount, source),
      };
    case "convert": {
      const until = cmd.until === null ? null : state.now + cmd.until * HALF_HOUR;
      const units = { from: { unit: POINTS, amount: cmd.points }, to: { unit: "EUR", amount: cmd.amount } };
      return {
        real: () => convert(ctx, { key, customerId, ...units, expiresAt: dateIn(world, until) }),
        oracle: (m) => people.convert(m, cmd.who, cmd.points, cmd.amount, until),
      };
    }
    case "merge":
      return merge(world, ctx, cmd, key);
    case "deduct":
      return {
        real: () => deduct(ctx, { key, sourceType: "adjustment", customerId, unit: "EUR", amount: cmd.amount, reason: "test" }),
        oracle: (m) => model.deduct(m, cmd.who, cmd.amount),
      };
  }
}
