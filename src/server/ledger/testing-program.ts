/**
 * Runs random programs against the real database and the oracle, step by step: same answers, same rejections, same lots at the end, no
 * violation, every replay equal. A program is one transaction with a savepoint per step and a clock of its own, so that many run side by
 * side; what several transactions do to each other is the business of the race and crash tests.
 */
import fc from "fast-check";
import { sql } from "kysely";
import pg from "pg";
import { expect } from "vitest";
import { withTenant } from "@/server/db";
import { AppError } from "@/server/errors";
import { type ShopContext, systemContext } from "@/server/tenancy/context";
import { customerCredit } from "./customer-credit";
import { createTerms } from "./terms";
import { type Command, commandArb, grantArb, TERMS } from "./testing-commands";
import * as model from "./testing-model";
import { operationOf, type World } from "./testing-operations";

export const AT_ONCE = 6;
const CUSTOMERS = 3;
const START = Date.parse("2026-01-01T00:00:00Z");
const HALF_HOUR = 30;
const dateOf = (minute: number) => new Date(START + minute * 60_000);

type Outcome = { ok: Record<string, unknown> } | { rejected: string; params: Record<string, unknown> };

const clock = (source: string) => `create or replace function app_now() returns timestamptz language sql volatile security definer
  set search_path = public, pg_temp as $$ select coalesce(${source}, clock_timestamp()) $$`;

async function setClock(source: string): Promise<void> {
  const owner = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await owner.connect();
  await owner.query(clock(source));
  await owner.end();
}

/** A clock per transaction that stands still between steps: oracle and database agree to the minute, also exactly at an expiry instant. */
export const stopTheClock = (): Promise<void> => setClock("nullif(current_setting('test.now', true), '')::timestamptz");

/** The test clock that all transactions share (`at`). */
export const startTheClock = (): Promise<void> => setClock("(select base + (clock_timestamp() - set_at) from app_clock)");

/** Organisations with a shop and customers each, in a few statements. */
export async function createWorlds(count: number): Promise<World[]> {
  const worlds = Array.from({ length: count }, () => {
    const ctx = systemContext(crypto.randomUUID(), crypto.randomUUID(), "test");
    const customers = Array.from({ length: CUSTOMERS }, () => crypto.randomUUID()).sort();
    return { ctx, customers, sources: Array.from({ length: 8 }, () => crypto.randomUUID()), terms: [], start: START };
  });
  for (const { ctx, customers } of worlds)
    await withTenant(ctx, ({ trx }) =>
      sql`with o as (insert into organisation (id, name) values (${ctx.orgId}, 'Test')), s as (
        insert into shop (org_id, id, name, currency, time_zone, country) values (${ctx.orgId}, ${ctx.shopId}, 'Test', 'EUR', 'UTC', 'DE'))
        insert into customer (org_id, shop_id, id, external_id)
        select ${ctx.orgId}::uuid, ${ctx.shopId}::uuid, c, c::text from unnest(${customers}::uuid[]) c`.execute(trx),
    );
  return worlds;
}

class Runner {
  state = model.emptyModel(0);
  private readonly holds: { id: string; key: string }[] = [];
  private readonly done: { run: () => Promise<Record<string, unknown>>; answer: Record<string, unknown> }[] = [];
  private keys = 0;

  constructor(
    private readonly world: World,
    private readonly ctx: ShopContext,
  ) {}

  private exec(text: string) {
    if (!this.ctx.trx) throw new Error("a program runs in a transaction");
    return sql.raw(text).execute(this.ctx.trx.trx);
  }

  private async attempt(work: () => Promise<Record<string, unknown>>): Promise<Outcome> {
    await this.exec("savepoint step");
    try {
      return { ok: await work() };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      await this.exec("rollback to step");
      return { rejected: error.code, params: error.params };
    }
  }

  async step(cmd: Command): Promise<void> {
    if (cmd.op === "wait") return this.moveTo(this.state.now + cmd.steps * HALF_HOUR);
    if (cmd.op === "edge") return this.moveTo(this.edges()[cmd.which] ?? this.state.now);
    if (cmd.op === "replay") {
      const past = this.done[cmd.which % Math.max(this.done.length, 1)];
      if (past) expect(await past.run()).toEqual(past.answer);
      return;
    }
    const key = `k${this.keys++}`;
    const held = "hold" in cmd ? this.holds[cmd.hold % Math.max(this.holds.length, 1)] : undefined;
    const { real, oracle } = operationOf(this.world, this.ctx, this.state, cmd, key, held);
    const draft = structuredClone(this.state);
    let expected: Outcome;
    try {
      expected = { ok: { ...oracle(draft) } };
      this.state = draft;
    } catch (error) {
      if (!(error instanceof model.Rejection)) throw error;
      expected = { rejected: error.code, params: error.params };
    }
    const actual = await this.attempt(real);
    expect(actual).toMatchObject(expected);
    if ("ok" in actual && cmd.op !== "expire" && cmd.op !== "overdue") this.done.push({ run: real, answer: actual.ok });
    if ("ok" in actual && cmd.op === "hold") this.holds.push({ id: String(actual.ok.holdId), key });
  }

  async moveTo(minute: number): Promise<void> {
    this.state.now = minute;
    await this.exec(`set local test.now = '${dateOf(minute).toISOString()}'`);
  }

  private edges(): number[] {
    const instants = [...this.state.lots.flatMap((lot) => [lot.from, lot.until ?? 0]), ...this.state.holds.map((held) => held.until)];
    return [...new Set(instants)].filter((minute) => minute > this.state.now).sort((a, b) => a - b);
  }

  async compare(): Promise<void> {
    // What only a commit would find.
    await this.exec("set constraints all immediate");
    for (const [who, customerId] of this.world.customers.entries()) {
      const actual = (await customerCredit(this.ctx, customerId)).balances.flatMap(({ unit, lots }) =>
        lots.map((lot) => {
          const source = lot.source.type === "points" ? "points" : lot.source.id;
          return `${unit} ${shape(lot)} ${source} ${lot.origin} ${lot.expiresAt?.toISOString() ?? "never"}`;
        }),
      );
      const expected = this.state.lots
        .filter((lot) => lot.customer === who)
        .map(
          (lot) =>
            `${lot.unit} ${shape(lot)} ${lot.source} ${lot.origin} ${lot.until === null ? "never" : dateOf(lot.until).toISOString()}`,
        );
      expect(actual.sort()).toEqual(expected.sort());
    }
    const broken = await this.exec("select invariant, subject, detail from ledger.violation");
    expect(broken.rows).toEqual([]);
  }
}

const shape = (lot: Pick<model.ModelLot, "granted" | "remaining" | "held" | "redeemed" | "expired" | "recalled" | "moved">) =>
  [lot.granted, lot.remaining, lot.held, lot.redeemed, lot.expired, lot.recalled, lot.moved].join(" ");

const finished = new Error("a program leaves nothing behind");

async function runProgram(world: World, program: readonly Command[]): Promise<void> {
  const work = withTenant(world.ctx, async (handle) => {
    const ctx = { ...world.ctx, trx: handle };
    const runner = new Runner(world, ctx);
    await runner.moveTo(0);
    world.terms.splice(0);
    for (const { minOrder, include, exclude, firstOrderOnly, noDiscounts } of TERMS)
      world.terms.push(
        await createTerms(handle.trx, ctx, {
          ...(minOrder === undefined ? {} : { minOrder }),
          ...(include ? { include: { products: [...include], collections: [] } } : {}),
          ...(exclude ? { exclude: { products: [...exclude], collections: [] } } : {}),
          firstOrderOnly: firstOrderOnly ?? false,
          noDiscounts: noDiscounts ?? false,
        }),
      );
    for (const cmd of program) await runner.step(cmd);
    await runner.compare();
    throw finished;
  });
  await work.catch((error: unknown) => {
    if (error !== finished) throw error;
  });
}

/** Programs that run side by side, each in its own world. */
export const programs = (worlds: readonly World[]) => {
  const program = fc
    .tuple(fc.array(grantArb, { minLength: 2, maxLength: 5 }), fc.array(commandArb, { minLength: 8, maxLength: 45, size: "max" }))
    .map(([start, rest]): Command[] => [...start, ...rest]);
  return fc.asyncProperty(fc.array(program, { minLength: worlds.length, maxLength: worlds.length }), async (lanes) => {
    const runs = lanes.flatMap((commands, lane) => {
      const world = worlds[lane];
      return world ? [runProgram(world, commands)] : [];
    });
    // All of them end before the next ones begin, whatever one of them found.
    for (const result of await Promise.allSettled(runs)) if (result.status === "rejected") throw result.reason;
  });
};
