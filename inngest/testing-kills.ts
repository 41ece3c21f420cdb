import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { closeDb, withTenant } from "@/server/db";
import { type LedgerShop, violationsOf } from "@/server/ledger/testing";
import { pauseSending } from "@/server/notifications/control-sending";
import { instantToLocal } from "@/server/time";
import type { MortalPostgres } from "./testing-postgres";

/** A process that works on drops and can be killed. */
export type Mortal = { kill: () => Promise<void> };
export type Victim = "app" | "engine" | "server" | "backend";

export type KillPlan = {
  members: number;
  kills: number;
  victims: readonly Victim[];
  postgres: MortalPostgres;
  /** Starts the app as it serves people; only asked for when it is among the victims. */
  startApp?: () => Promise<Mortal>;
  /** Scales the engine's pauses between attempts. */
  backoffFactor: number;
  /** Longest time from a drop being seen at work to the kill. */
  withinMs: number;
  /** Shoots no longer than this; what is at work then still has to end. */
  forMs?: number;
  say?: (line: string) => void;
};

export type Killed = { kills: Record<Victim, number>; drops: number; at: string[]; violations: number };

/** Longer than the three minutes after which a silent drop is claimed again. */
const STUCK_MS = 300_000;

/** The engine without pages in a process of its own. */
async function startEngine(backoffFactor: number): Promise<Mortal> {
  const child: ChildProcess = fork(fileURLToPath(new URL("./kills-child.ts", import.meta.url)), [String(backoffFactor)], {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const ended = once(child, "exit");
  await Promise.race([once(child, "message"), ended.then(() => Promise.reject(new Error("the engine did not start")))]);
  return {
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/**
 * Drops one after the other, each of the same people, while one process after the other is killed at a random moment of the work and
 * started again, until the number of kills is reached. Each drop must end by itself, and whole: throws where one does not.
 */
export async function dropsUnderFire(plan: KillPlan): Promise<Killed> {
  const shop = await createCampaignShop(plan.members);
  await plan.postgres.asOwner((client) => client.query("analyze customer, customer_metrics"));
  const range = new Range(plan);
  await range.start();
  let drops = 0;
  try {
    while (range.loaded) {
      const dropId = await launch(shop);
      await range.until(shop, dropId);
      await expectWhole(shop, dropId, plan.members);
      drops++;
      plan.say?.(`${range.count} kills, ${drops} drops whole`);
    }
    await expectBudgets(shop);
    await plan.postgres.asOwner((client) =>
      client.query("analyze ledger.account, ledger.transfer, ledger.posting, ledger.lot, ledger.lot_move"),
    );
    return { kills: range.kills, drops, at: range.at, violations: (await violationsOf(shop.ctx)).length };
  } finally {
    await range.stop();
  }
}

/** A drop of everyone that is due now. Its messages are planned and wait: sending them is another matter. */
async function launch({ ctx }: LedgerShop): Promise<string> {
  const draft = await createDraft(ctx, {
    amount: 1n,
    holdoutBps: 0,
    availableLocal: instantToLocal(new Date(), "Europe/Berlin").slice(0, 16),
  });
  await pauseSending(ctx, { campaignId: draft.id, paused: true });
  const { drop } = await launchCampaign(ctx, { id: draft.id });
  if (!drop) throw new Error("launched without a drop");
  return drop.id;
}

type State = { status: string; done: number; chunks: number; working: boolean };

/** Those who work, and who shoots at them. */
class Range {
  readonly kills: Record<Victim, number> = { app: 0, engine: 0, server: 0, backend: 0 };
  readonly at: string[] = [];
  private readonly alive = new Map<"app" | "engine", Mortal>();

  private readonly began = Date.now();

  constructor(private readonly plan: KillPlan) {}

  get count(): number {
    return Object.values(this.kills).reduce((sum, n) => sum + n, 0);
  }

  /** Whether there is a shot left, and time for it. */
  get loaded(): boolean {
    return this.count < this.plan.kills && Date.now() < this.began + (this.plan.forMs ?? Number.POSITIVE_INFINITY);
  }

  async start(): Promise<void> {
    await this.raise("engine");
    if (this.plan.startApp) await this.raise("app");
  }

  async stop(): Promise<void> {
    for (const mortal of this.alive.values()) await mortal.kill();
  }

  private async raise(who: "app" | "engine"): Promise<void> {
    const { startApp, backoffFactor } = this.plan;
    const mortal = who === "app" ? await startApp?.() : await startEngine(backoffFactor);
    if (mortal) this.alive.set(who, mortal);
  }

  /** Shoots until the drop is done; with the last shot spent, only waits. */
  async until(shop: LedgerShop, dropId: string): Promise<void> {
    const deadline = () => Date.now() + STUCK_MS;
    let end = deadline();
    for (;;) {
      const state = await this.look(shop, dropId);
      if (state.status === "done") return;
      if (state.status === "failed") throw new Error(`the drop failed: ${JSON.stringify(state)}`);
      if (Date.now() > end) throw new Error(`the drop is stuck: ${JSON.stringify(state)}`);
      if (this.loaded && state.working) {
        await pause(Math.random() * this.plan.withinMs);
        await this.shoot(shop, dropId);
        end = deadline();
      } else await pause(50);
    }
  }

  private look({ ctx }: LedgerShop, dropId: string): Promise<State> {
    return this.plan.postgres.asOwner(async (client) => {
      await client.query("select set_config('app.org_id', $1, false), set_config('app.shop_id', $2, false)", [ctx.orgId, ctx.shopId]);
      const { rows } = await client.query<State>(
        `select status, chunks_done as done, chunks, exists (select from engine.job where fn_id like '%campaign-drop' and token is not null) as working
         from campaign_drop where id = $1`,
        [dropId],
      );
      const row = rows[0];
      if (!row) throw new Error("the drop is gone");
      return row;
    });
  }

  private async shoot(shop: LedgerShop, dropId: string): Promise<void> {
    const { victims, postgres } = this.plan;
    const victim = victims[this.count % victims.length] ?? "engine";
    const { status, done, chunks } = await this.look(shop, dropId);
    if (victim === "server") await postgres.killServer();
    else if (victim === "backend") {
      if (!(await postgres.killBackend())) return;
    } else {
      await this.alive.get(victim)?.kill();
      await this.raise(victim);
    }
    // Our own connections to the killed server are of no use any more.
    await closeDb();
    this.kills[victim]++;
    this.at.push(`${victim} ${status} ${done}/${chunks}`);
  }
}

type Whole = { lots: bigint; people: bigint; messages: bigint; sum: bigint; total: bigint; count: number; left: bigint; jobs: bigint };

/** One lot and one message per member, the counters equal to the books, nothing of it waiting or at work. */
async function expectWhole({ ctx }: LedgerShop, dropId: string, members: number): Promise<void> {
  const row = await withTenant(ctx, async ({ trx }) => {
    const { rows } = await sql<Omit<Whole, "jobs">>`
      select (select count(*) from ledger.lot where source_id = ${dropId}) as lots,
        (select count(distinct customer_id) from ledger.lot where source_id = ${dropId}) as people,
        (select count(*) from message where key like ${`drop:${dropId}:%`}) as messages,
        (select coalesce(sum(granted), 0)::bigint from ledger.lot where source_id = ${dropId}) as sum,
        d.granted_total as total, d.granted_count as count,
        (select count(*) from drop_chunk where drop_id = ${dropId} and done_at is null)
          + (select count(*) from drop_member where drop_id = ${dropId} and status in ('failed', 'skipped')) as left
      from campaign_drop d where d.id = ${dropId}`.execute(trx);
    return rows[0];
  });
  const all = BigInt(members);
  const whole =
    row && [row.lots, row.people, row.messages, row.sum, row.total, BigInt(row.count)].every((n) => n === all) && row.left === 0n;
  if (!whole)
    throw new Error(
      `the drop is not whole: ${JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value))}`,
    );
}

/** Every budget's counter is what was granted: all credit of this shop came from its drops. */
async function expectBudgets({ ctx }: LedgerShop): Promise<void> {
  const wrong = await withTenant(ctx, async ({ trx }) => {
    const { rows } = await sql<{ key: string; granted: bigint; lots: bigint }>`
      select b.key, b.granted, l.lots from ledger.budget b, (select sum(granted)::bigint as lots from ledger.lot) l
      where b.granted <> l.lots`.execute(trx);
    const known = await sql`select from ledger.budget`.execute(trx);
    if (known.rows.length === 0) throw new Error("nothing was counted against a budget");
    return rows;
  });
  if (wrong.length > 0)
    throw new Error(`counters differ from the books: ${wrong.map((row) => `${row.key}: ${row.granted} of ${row.lots}`).join("; ")}`);
}
