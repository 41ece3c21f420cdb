import { spawn } from "node:child_process";
import { join } from "node:path";
import { dropDatabase } from "@db/drop-database";
import { sql } from "kysely";
import pg from "pg";
import { finishDrop } from "@/server/campaigns/finish-drop";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { grantChunk } from "@/server/campaigns/grant-chunk";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { closeDb, withTenant } from "@/server/db";
import { creditBySource } from "@/server/ledger/credit-by-source";
import { grantMany } from "@/server/ledger/grant-many";
import { type LedgerShop, violationsOf } from "@/server/ledger/testing";
import { instantToLocal } from "@/server/time";
import { migrate } from "../db/migrate";
import { ensurePostgres } from "../scripts/postgres.mjs";
import { type Measure, seconds } from "./measure";

/** Members of the drop; GUTHABEN_BENCH_SIZE=1000000 is the size the limit is meant for. */
const SIZE = Number(process.env.GUTHABEN_BENCH_SIZE ?? 200_000);
/** Kills of the process that grants; 50 moments of 50,000 members with GUTHABEN_BENCH_KILLS=50. */
const KILLS = Number(process.env.GUTHABEN_BENCH_KILLS ?? 5);
const KILL_MEMBERS = Math.min(50_000, SIZE);
const CHUNK = 5_000;
const ZONE = "Europe/Berlin";

/** A drop end to end beside the ledger's own figure for the same grants, and a drop whose process is killed again and again. */
export async function run(): Promise<Measure[]> {
  const server = await ensurePostgres({ dataDir: process.env.GUTHABEN_BENCH_DIR ?? ".guthaben-bench" });
  const name = `bench_campaigns_${process.pid}`;
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`create database "${name}"`);
  process.env.DATABASE_URL = url.toString();
  process.env.GUTHABEN_TEST_CLOCK = "1";
  process.env.AUTH_SECRET ??= "bench-secret-bench-secret-bench-secret";
  const raw = new pg.Client({ connectionString: url.toString() });
  try {
    await migrate(url.toString(), { testClock: true });
    await raw.connect();
    const measures = [...(await endToEnd(raw)), ...(await killed(raw, url.toString()))];
    return measures;
  } finally {
    await raw.end();
    await closeDb();
    await dropDatabase(admin, name);
    await admin.end();
    if (server.started) await server.stop();
  }
}

/** A launched drop that is due now. Messages are planned with the grants, as they are in earnest. */
async function dueDrop({ ctx }: LedgerShop): Promise<string> {
  const now = new Date();
  const draft = await createDraft(ctx, { amount: 1n, holdoutBps: 0, availableLocal: instantToLocal(now, ZONE).slice(0, 16) });
  const { drop } = await launchCampaign(ctx, { id: draft.id });
  if (!drop) throw new Error("launched without a drop");
  return drop.id;
}

async function grantLedgerOnly({ ctx, customers }: LedgerShop): Promise<void> {
  const id = crypto.randomUUID();
  const sorted = customers.toSorted();
  for (let no = 0; no * CHUNK < sorted.length; no++) {
    await grantMany(ctx, {
      ...{ source: { type: "drop", id }, chunkKey: `drop:${id}:${no}`, unit: "EUR", originClass: "unpaid" },
      ...{ availableFrom: null, expiresAt: new Date(Date.now() + 86_400_000) },
      grants: sorted.slice(no * CHUNK, (no + 1) * CHUNK).map((customerId) => ({ customerId, amount: 1n })),
    });
  }
}

async function endToEnd(raw: pg.Client): Promise<Measure[]> {
  await setTestClock(null);
  const shop = await createCampaignShop(SIZE);
  await raw.query("analyze customer, customer_metrics");
  // The accounts are made before either is timed.
  await grantLedgerOnly(shop);
  const ledger = await seconds(() => grantLedgerOnly(shop));
  const dropId = await dueDrop(shop);
  let chunks = 0;
  const freeze = await seconds(async () => {
    const frozen = await freezeDrop(shop.ctx, dropId);
    if (frozen.status !== "granting") throw new Error(`not released: ${JSON.stringify(frozen)}`);
    chunks = frozen.chunks;
  });
  await raw.query("analyze drop_member");
  const grant = await seconds(async () => {
    for (let no = 0; no < chunks; no++) await grantChunk(shop.ctx, { dropId, no });
    await finishDrop(shop.ctx, dropId);
  });
  const again = await grantLedgerOnlyTimed(shop);
  const peer = Math.max(ledger, again);
  const read = await seconds(() => creditBySource(shop.ctx, { type: "drop", id: dropId }));
  return [
    {
      name: `drop to ${SIZE} members (freeze, assign, grant, messages) against the ledger's own grants`,
      value: (freeze + grant) / peer,
      unit: "times",
      limit: { at: "most", value: 1.5 },
      note: `freeze ${freeze.toFixed(1)} s, grant ${grant.toFixed(1)} s; ledger alone before ${ledger.toFixed(1)} s, after ${again.toFixed(1)} s`,
    },
    { name: "members a second, end to end", value: SIZE / (freeze + grant), unit: "/s" },
    { name: "what became of the drop (creditBySource)", value: read, unit: "s" },
  ];
}

const grantLedgerOnlyTimed = (shop: LedgerShop): Promise<number> => seconds(() => grantLedgerOnly(shop));

/** Grants a drop in a process of its own that is killed with its whole group at random moments. */
async function killed(raw: pg.Client, url: string): Promise<Measure[]> {
  const shop = await createCampaignShop(KILL_MEMBERS);
  await raw.query("analyze customer, customer_metrics");
  let kills = 0;
  let starts = 0;
  while (kills < KILLS) {
    const dropId = await dueDrop(shop);
    for (let done = false; !done; starts++) {
      const delay = kills < KILLS ? 300 + Math.random() * 4_000 : null;
      done = await work(url, shop, dropId, delay);
      if (!done) kills++;
    }
    await expectWhole(shop, dropId);
  }
  const broken = (await violationsOf(shop.ctx)).length;
  return [
    {
      name: `violations after ${kills} SIGKILLs while granting to ${KILL_MEMBERS} members`,
      value: broken,
      unit: "",
      limit: { at: "most", value: 0 },
      note: `${starts} starts; every drop: one lot each, counters equal to the sum, nothing stuck`,
    },
  ];
}

/** One life of the granting process; true when it finished the drop, false when it was killed. */
async function work(url: string, { ctx }: LedgerShop, dropId: string, delay: number | null): Promise<boolean> {
  const root = join(import.meta.dirname, "..");
  const child = spawn(
    process.execPath,
    [join(root, "node_modules/tsx/dist/cli.mjs"), join(import.meta.dirname, "workers/drop.ts"), ctx.orgId, ctx.shopId, dropId],
    { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, DATABASE_URL: url }, detached: true },
  );
  const timer =
    delay === null
      ? null
      : setTimeout(() => {
          if (child.pid) process.kill(-child.pid, "SIGKILL");
        }, delay);
  const code = await new Promise<number | null>((done) => child.once("close", done));
  if (timer) clearTimeout(timer);
  if (code !== 0 && code !== null) throw new Error(`the granting process ended with ${code}`);
  return code === 0;
}

async function expectWhole({ ctx }: LedgerShop, dropId: string): Promise<void> {
  const { rows } = await withTenant(ctx, ({ trx }) =>
    sql<{ lots: bigint; people: bigint; sum: bigint; total: bigint; count: number; status: string; open: bigint }>`
      select (select count(*) from ledger.lot where source_id = ${dropId}) as lots,
        (select count(distinct customer_id) from ledger.lot where source_id = ${dropId}) as people,
        (select coalesce(sum(granted), 0)::bigint from ledger.lot where source_id = ${dropId}) as sum,
        d.granted_total as total, d.granted_count as count, d.status,
        (select count(*) from drop_member where drop_id = ${dropId} and status <> 'granted') as open
      from campaign_drop d where d.id = ${dropId}`.execute(trx),
  );
  const row = rows[0];
  const members = BigInt(KILL_MEMBERS);
  const whole = row && row.lots === members && row.people === members && row.sum === row.total && row.status === "done" && row.open === 0n;
  if (!whole)
    throw new Error(
      `the drop is not whole: ${JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))}`,
    );
}
