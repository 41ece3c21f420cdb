import fc from "fast-check";
import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { AppError } from "@/server/errors";
import type { ShopContext } from "@/server/tenancy/context";
import { clawback } from "./clawback";
import { customerCredit } from "./customer-credit";
import { deduct } from "./deduct";
import { expireDue } from "./expire-due";
import { grantMany } from "./grant-many";
import { capture, hold, release, releaseOverdueHolds } from "./hold";
import { mergeCustomerCredit } from "./merge-customers";
import { recallSource } from "./recall-source";
import { redeem } from "./redeem";
import { refund } from "./refund";
import { at, createLedgerShop, violationsOf } from "./testing";
import * as model from "./testing-model";

/**
 * Random programs against the real database and the in-memory oracle, step by step: same answers, same rejections, same lots at the end,
 * no violation, every replay equal. More programs: GUTHABEN_PROGRAMS=5000. A failure prints the seed and the shortest program.
 *
 * Seen to fail: FIFO by created_at; a capture that forgets the unused part; a refund that forgets earlier refunds; `>=` instead of `>` at
 * the expiry instant; a look at the lots before the claim of a recall; a merge that copies lots in no fixed order.
 */
const PROGRAMS = Number(process.env.GUTHABEN_PROGRAMS ?? 250);
const START = Date.parse("2026-01-01T00:00:00Z");
const HALF_HOUR = 30;
const dateOf = (minute: number) => new Date(START + minute * 60_000);

const amount = fc.oneof(fc.bigInt({ min: 1n, max: 30n }), fc.bigInt({ min: 1n, max: 1200n }));
const who = fc.integer({ min: 0, max: 1 });
const orderNo = fc.integer({ min: 0, max: 1 });
const steps = fc.integer({ min: 1, max: 40 });
const source = fc.integer({ min: 0, max: 6 });
const grantArb = fc.record({
  op: fc.constant("grant"),
  who,
  amount: fc.bigInt({ min: 1n, max: 4000n }),
  source,
  from: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: steps }),
  until: fc.option(fc.integer({ min: 0, max: 96 })),
});

const command = fc.oneof(
  { weight: 5, arbitrary: grantArb },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("hold"), who, amount, order: orderNo, ttl: steps }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("capture"), hold: fc.nat(), amount: fc.option(amount) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("release"), hold: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("overdue") }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("redeem"), who, amount, order: orderNo }) },
  { weight: 5, arbitrary: fc.record({ op: fc.constant("refund"), who, order: orderNo, amount }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("split"), who, order: orderNo, part: fc.bigInt({ min: 0n, max: 100n }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("expire") }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("recall"), source }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("deduct"), who, amount }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("clawback"), who, amount, source }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("merge"), who }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("wait"), steps: fc.oneof(steps, fc.constant(14 * 48)) }) },
  // To the very instant at which a lot or a hold begins or ends: where `<` and `<=` differ.
  { weight: 3, arbitrary: fc.record({ op: fc.constant("edge"), which: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("replay"), which: fc.nat() }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

type Outcome = { ok: Record<string, unknown> } | { rejected: string; params: Record<string, unknown> };

const outcome = async (work: () => Promise<Record<string, unknown>>): Promise<Outcome> => {
  try {
    return { ok: await work() };
  } catch (error) {
    if (error instanceof AppError) return { rejected: error.code, params: error.params };
    throw error;
  }
};

beforeAll(async () => {
  // A clock that stands still between steps, so that oracle and database agree to the minute, also exactly at an expiry instant.
  const owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
  await owner.query(`create or replace function app_now() returns timestamptz language sql volatile security definer
    set search_path = public, pg_temp as $$ select coalesce((select base from app_clock), clock_timestamp()) $$`);
  await owner.end();
});

class Runner {
  state = model.emptyModel(0);
  private readonly holds: { id: string; key: string }[] = [];
  private readonly done: { run: () => Promise<Record<string, unknown>>; answer: Record<string, unknown> }[] = [];
  private keys = 0;

  constructor(
    private readonly ctx: ShopContext,
    private readonly customers: string[],
    private readonly sources: string[],
  ) {}

  async step(cmd: Command): Promise<void> {
    if (cmd.op === "wait") return this.moveTo(this.state.now + cmd.steps * HALF_HOUR);
    if (cmd.op === "edge") return this.moveTo(this.edges()[cmd.which] ?? this.state.now);
    if (cmd.op === "replay") {
      const past = this.done[cmd.which % Math.max(this.done.length, 1)];
      if (past) expect(await past.run()).toEqual(past.answer);
      return;
    }
    const key = `k${this.keys++}`;
    const { real, oracle } = this.both(cmd, key);
    const draft = structuredClone(this.state);
    let expected: Outcome;
    try {
      expected = { ok: { ...oracle(draft) } };
      this.state = draft;
    } catch (error) {
      if (!(error instanceof model.Rejection)) throw error;
      expected = { rejected: error.code, params: error.params };
    }
    const actual = await outcome(real);
    expect(actual).toMatchObject(expected);
    if ("ok" in actual && cmd.op !== "expire" && cmd.op !== "overdue") this.done.push({ run: real, answer: actual.ok });
    if ("ok" in actual && cmd.op === "hold") this.holds.push({ id: String(actual.ok.holdId), key });
  }

  private async moveTo(minute: number): Promise<void> {
    this.state.now = minute;
    await at(dateOf(minute).toISOString());
  }

  private edges(): number[] {
    const instants = [...this.state.lots.flatMap((lot) => [lot.from, lot.until ?? 0]), ...this.state.holds.map((held) => held.until)];
    return [...new Set(instants)].filter((minute) => minute > this.state.now).sort((a, b) => a - b);
  }

  private both(cmd: Exclude<Command, { op: "wait" } | { op: "edge" } | { op: "replay" }>, key: string) {
    const ctx = this.ctx;
    const customerId = this.customers["who" in cmd ? cmd.who : 0] ?? "";
    const orderRef = "who" in cmd && "order" in cmd ? `o${cmd.who}-${cmd.order}` : "";
    const { now } = this.state;
    switch (cmd.op) {
      case "grant": {
        const source = this.sources[cmd.source] ?? "";
        const from = now + cmd.from * HALF_HOUR;
        const until = cmd.until === null ? null : now + cmd.until * HALF_HOUR;
        // A source grants one kind of credit.
        const origin = cmd.source % 2 === 1 ? ("earned" as const) : ("unpaid" as const);
        const input = {
          source: { type: "drop" as const, id: source },
          chunkKey: key,
          unit: "EUR",
          originClass: origin,
          availableFrom: dateOf(from),
          expiresAt: until === null ? null : dateOf(until),
          grants: [{ customerId, amount: cmd.amount }],
        };
        return {
          real: () => grantMany(ctx, input),
          oracle: (m: model.Model) => model.grant(m, { customer: cmd.who, amount: cmd.amount, source, origin, from, until }),
        };
      }
      case "hold":
        return {
          real: () => hold(ctx, { key, customerId, unit: "EUR", amount: cmd.amount, orderRef, ttlSeconds: cmd.ttl * HALF_HOUR * 60 }),
          oracle: (m: model.Model) => model.hold(m, key, cmd.who, cmd.amount, orderRef, cmd.ttl * HALF_HOUR),
        };
      case "capture":
      case "release": {
        const held = this.holds[cmd.hold % Math.max(this.holds.length, 1)] ?? { id: crypto.randomUUID(), key: "none" };
        const amountOf = cmd.op === "capture" ? (cmd.amount ?? this.state.holds.find((h) => h.key === held.key)?.amount ?? 1n) : null;
        return {
          real: () =>
            cmd.op === "capture"
              ? capture(ctx, { key, holdId: held.id, ...(cmd.amount === null ? {} : { amount: cmd.amount }) })
              : release(ctx, { key, holdId: held.id }),
          oracle: (m: model.Model) => model.closeHold(m, held.key, amountOf),
        };
      }
      case "overdue":
        return {
          real: async () => ({ count: await releaseOverdueHolds(ctx) }),
          oracle: (m: model.Model) => ({ count: model.releaseOverdue(m) }),
        };
      case "redeem":
        return {
          real: () => redeem(ctx, { key, customerId, unit: "EUR", amount: cmd.amount, orderRef }),
          oracle: (m: model.Model) => model.redeem(m, cmd.who, cmd.amount, orderRef),
        };
      case "refund":
        return {
          real: () => refund(ctx, { key, orderRef, amount: cmd.amount }),
          oracle: (m: model.Model) => model.refund(m, orderRef, { amount: cmd.amount }),
        };
      case "split": {
        const wanted = { refundTotal: cmd.part, orderTotal: 100n };
        return {
          real: () => refund(ctx, { key, orderRef, ...wanted }),
          oracle: (m: model.Model) => model.refund(m, orderRef, wanted),
        };
      }
      case "expire":
        return { real: () => expireDue(ctx), oracle: (m: model.Model) => model.expire(m) };
      case "recall": {
        const source = this.sources[cmd.source] ?? "";
        return {
          real: () => recallSource(ctx, { key, source: { type: "drop", id: source }, reason: "test" }),
          oracle: (m: model.Model) => model.recall(m, source),
        };
      }
      case "clawback": {
        const sourceId = this.sources[cmd.source] ?? "";
        return {
          real: () => clawback(ctx, { key, customerId, unit: "EUR", amount: cmd.amount, sourceId, reason: "test" }),
          oracle: (m: model.Model) => model.clawback(m, cmd.who, cmd.amount, sourceId),
        };
      }
      case "merge": {
        const into = this.customers[1 - cmd.who] ?? "";
        const merge = () => mergeCustomerCredit(ctx, { key, fromCustomerId: customerId, intoCustomerId: into, reason: "test" });
        return {
          // A customer without any account has no unit to tell about.
          real: async () => (await merge()).units[0] ?? { unit: "EUR", moved: 0n, held: 0n, recalled: 0n, debt: 0n },
          oracle: (m: model.Model) => model.merge(m, cmd.who, 1 - cmd.who),
        };
      }
      case "deduct":
        return {
          real: () => deduct(ctx, { key, sourceType: "adjustment", customerId, unit: "EUR", amount: cmd.amount, reason: "test" }),
          oracle: (m: model.Model) => model.deduct(m, cmd.who, cmd.amount),
        };
    }
  }

  async compareLots(): Promise<void> {
    for (const [who, customerId] of this.customers.entries()) {
      const shape = (lot: {
        granted: bigint;
        remaining: bigint;
        held: bigint;
        redeemed: bigint;
        expired: bigint;
        recalled: bigint;
        moved: bigint;
      }) => [lot.granted, lot.remaining, lot.held, lot.redeemed, lot.expired, lot.recalled, lot.moved].join(" ");
      const actual = (await customerCredit(this.ctx, customerId)).balances.flatMap((balance) =>
        balance.lots.map((lot) => `${shape(lot)} ${lot.source.id} ${lot.expiresAt?.toISOString() ?? "never"}`),
      );
      const expected = this.state.lots
        .filter((lot) => lot.customer === who)
        .map((lot) => `${shape(lot)} ${lot.source} ${lot.until === null ? "never" : dateOf(lot.until).toISOString()}`);
      expect(actual.sort()).toEqual(expected.sort());
    }
    expect(await violationsOf(this.ctx)).toEqual([]);
  }
}

test(`${PROGRAMS} random programs agree with the oracle`, { timeout: 60_000 + PROGRAMS * 1_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(grantArb, { minLength: 2, maxLength: 5 }),
      fc.array(command, { minLength: 8, maxLength: 45, size: "max" }),
      async (start, rest) => {
        await at(dateOf(0).toISOString());
        const { ctx, customers } = await createLedgerShop(2);
        const runner = new Runner(
          ctx,
          customers,
          Array.from({ length: 7 }, () => crypto.randomUUID()),
        );
        for (const cmd of [...start, ...rest]) await runner.step(cmd);
        await runner.compareLots();
      },
    ),
    { numRuns: PROGRAMS, endOnFailure: process.env.CI !== undefined },
  );
});
