import pg from "pg";
import { setTestClock } from "@/server/clock";
import { expireDue } from "@/server/ledger/expire-due";
import { grantMany } from "@/server/ledger/grant-many";
import { redeem } from "@/server/ledger/redeem";
import { createLedgerShop, type LedgerShop, violationsOf } from "@/server/ledger/testing";
import { GRANTS_PER_CHUNK as CHUNK, grantWithOutbox } from "./grant-with-outbox";
import { type Measure, median, seconds } from "./measure";
import { withOwnDatabase } from "./own-database";

/** Customers of the drop. GUTHABEN_BENCH_SIZE=1000000 is the size the limits are meant for; the default finishes in two minutes. */
const SIZE = Number(process.env.GUTHABEN_BENCH_SIZE ?? 200_000);
const ROUNDS = SIZE > 500_000 ? 2 : 3;
const SPEND_SECONDS = 3;
const CLIENTS = 8;

/**
 * The ledger's bulk work (roles, row-level security, triggers, idempotency, an outbox row per grant, chunks of their own transactions)
 * against one bare transaction that writes the same rows into tables with the same indexes; then redemptions a second.
 */
export async function run(): Promise<Measure[]> {
  // The expiry round moves the clock instead of waiting.
  return withOwnDatabase("ledger", async (raw) => {
    const shop = await createLedgerShop(SIZE);
    const customers = shop.customers.toSorted();
    await preparePeer(raw, shop);
    return [...(await bulk(raw, shop, customers)), ...(await redemptions(raw, shop, customers)), ...(await clean(shop))];
  });
}

/** Tables with the ledger's columns and indexes and nothing else: no row-level security, no triggers, no checks. */
async function preparePeer(raw: pg.Client, { ctx }: LedgerShop): Promise<void> {
  await raw.query("create schema raw");
  for (const table of ["account", "transfer", "posting", "lot", "lot_move"])
    await raw.query(`create table raw.${table} (like ledger.${table} including defaults including indexes)`);
  await raw.query("create table raw.job_outbox (like job_outbox including defaults including indexes)");
  await raw.query("create table raw.customer (id uuid primary key)");
  await raw.query("select set_config('app.org_id', $1, false), set_config('app.shop_id', $2, false)", [ctx.orgId, ctx.shopId]);
  await raw.query("insert into raw.customer select id from customer order by id");
  await raw.query("analyze customer, raw.customer");
}

const WAIT_FOR_CALM = "checkpoint";
async function calm(raw: pg.Client): Promise<void> {
  // Only a superuser or pg_checkpoint may; without it the rounds are a little noisier.
  await raw.query(WAIT_FOR_CALM).catch(() => undefined);
}

/** The same rows in one transaction: accounts (new in the first round, updated after it), lots, moves, postings, transfers per chunk. */
async function grantRaw(raw: pg.Client, { ctx }: LedgerShop, first: boolean, expires: Date): Promise<void> {
  const keys = `'${ctx.orgId}'::uuid, '${ctx.shopId}'::uuid`;
  await raw.query("begin");
  await raw.query(`create temp table granted on commit drop as
    select id as customer_id, ledger.new_id() as lot_id, (row_number() over (order by id) - 1) / ${CHUNK} as chunk,
      (row_number() over (order by id) - 1) % ${CHUNK} + 1 as no from raw.customer`);
  await raw.query(
    "create temp table chunk on commit drop as select chunk, ledger.new_id() as transfer_id, count(*) as n from granted group by chunk",
  );
  await raw.query(
    first
      ? `insert into raw.account (org_id, shop_id, customer_id, unit, credit) select ${keys}, customer_id, 'EUR', 500 from granted`
      : `update raw.account a set credit = a.credit + 500 from granted g where a.shop_id = '${ctx.shopId}' and a.customer_id = g.customer_id and a.unit = 'EUR'`,
  );
  await raw.query(`insert into raw.transfer (org_id, shop_id, id, kind, unit, amount, entries, at, actor_type, actor_label, request_id, idem_key, part)
    select ${keys}, transfer_id, 'grant', 'EUR', n * 500, n + 1, now(), 'system', 'x', 'x', transfer_id::text, 1 from chunk`);
  await raw.query(
    `insert into raw.lot (org_id, shop_id, id, customer_id, unit, origin, source_type, source_id, once_key, granted, remaining, available_from, expires_at, created_at)
    select ${keys}, lot_id, customer_id, 'EUR', 'unpaid', 'drop', d.id, d.id, 500, 500, now(), $1, now()
    from granted, (select gen_random_uuid() as id) d`,
    [expires],
  );
  await raw.query(`insert into raw.lot_move (org_id, shop_id, transfer_id, lot_id, from_bucket, to_bucket, amount)
    select ${keys}, transfer_id, lot_id, 'granted', 'remaining', 500 from granted join chunk using (chunk)`);
  await raw.query(`insert into raw.posting (org_id, shop_id, transfer_id, no, account, customer_id, amount)
    select ${keys}, transfer_id, no, 'customer_credit'::ledger.account_kind, customer_id, 500 from granted join chunk using (chunk)
    union all select ${keys}, transfer_id, 0, 'promo_expense', null, -500 * n from chunk`);
  await raw.query(`insert into raw.job_outbox (id, org_id, name, data, run_at, created_at)
    select lot_id, '${ctx.orgId}'::uuid, 'credit.granted', jsonb_build_object('customerId', customer_id), now(), now() from granted`);
  await raw.query("commit");
}

async function expireRaw(raw: pg.Client, { ctx }: LedgerShop): Promise<void> {
  const keys = `'${ctx.orgId}'::uuid, '${ctx.shopId}'::uuid`;
  await raw.query("begin");
  await raw.query(`create temp table due on commit drop as select id, customer_id, remaining from raw.lot
    where shop_id = '${ctx.shopId}' and not settled and expires_at <= app_now()`);
  await raw.query(`update raw.lot l set remaining = 0, expired = d.remaining, settled = true from due d
    where l.shop_id = '${ctx.shopId}' and l.id = d.id`);
  await raw.query(`update raw.account a set credit = a.credit - d.amount from (select customer_id, sum(remaining) as amount from due group by 1) d
    where a.shop_id = '${ctx.shopId}' and a.customer_id = d.customer_id and a.unit = 'EUR'`);
  await raw.query(`insert into raw.lot_move select ${keys}, gen_random_uuid(), id, 'remaining', 'expired', remaining from due`);
  await raw.query(`insert into raw.posting select ${keys}, t.id, row_number() over (), 'customer_credit', customer_id, -sum(remaining)
    from due, (select gen_random_uuid() as id) t group by t.id, customer_id`);
  await raw.query("commit");
}

async function expireAll({ ctx }: LedgerShop): Promise<number> {
  for (let lots = 0; ; ) {
    const { visited, lots: booked } = await expireDue(ctx);
    lots += booked;
    if (visited === 0) return lots;
  }
}

async function bulk(raw: pg.Client, shop: LedgerShop, customers: string[]): Promise<Measure[]> {
  const later = new Date(Date.now() + 86_400_000);
  const bare: number[] = [];
  const one: number[] = [];
  const memory = process.memoryUsage().rss;
  for (let round = 0; round < ROUNDS; round++) {
    await calm(raw);
    bare.push(await seconds(() => grantRaw(raw, shop, round === 0, later)));
    await calm(raw);
    one.push(await seconds(() => grantWithOutbox(shop, customers, { workers: 1, expiresAt: later })));
  }
  const two = await seconds(() => grantWithOutbox(shop, customers, { workers: 2, expiresAt: later }));
  const grown = (process.memoryUsage().rss - memory) / 2 ** 20;
  const ratio = median(one.map((value, round) => value / (bare[round] ?? Number.NaN)));

  const soon = new Date(Date.now() + 3_600_000);
  await grantRaw(raw, shop, false, soon);
  await grantWithOutbox(shop, customers, { workers: 2, expiresAt: soon });
  await setTestClock(soon);
  await raw.query("analyze ledger.lot, ledger.account, raw.lot, raw.account");
  await calm(raw);
  const expireBare = await seconds(() => expireRaw(raw, shop));
  await calm(raw);
  let expired = 0;
  const expireOurs = await seconds(async () => {
    expired = await expireAll(shop);
  });
  await setTestClock(null);
  if (expired !== SIZE) throw new Error(`expected ${SIZE} lots to lapse, ${expired} did`);
  return [
    {
      name: `grant to ${SIZE} customers against bare inserts`,
      value: ratio,
      unit: "times",
      limit: { at: "most", value: 2 },
      note: `one worker ${median(one).toFixed(1)} s, bare ${median(bare).toFixed(1)} s, rounds ${one.map((value, i) => (value / (bare[i] ?? 1)).toFixed(2)).join(", ")}; the first creates the accounts`,
    },
    { name: "grants a second, one worker", value: SIZE / median(one), unit: "/s" },
    { name: "grants a second, two workers", value: SIZE / two, unit: "/s" },
    { name: "memory the process gained over all drops", value: grown, unit: "MB" },
    {
      name: `expire ${SIZE} lots against one bare transaction`,
      value: expireOurs / expireBare,
      unit: "times",
      limit: { at: "most", value: 2 },
      note: `${expireOurs.toFixed(1)} s, bare ${expireBare.toFixed(1)} s`,
    },
    { name: "lots expired a second", value: SIZE / expireOurs, unit: "/s" },
  ];
}

/** How often `work` succeeds in a few seconds with eight clients at once. */
async function rate(work: (client: number, turn: number) => Promise<unknown>): Promise<number> {
  const end = performance.now() + SPEND_SECONDS * 1000;
  let done = 0;
  const client = async (number: number) => {
    for (let turn = 0; performance.now() < end; turn++) {
      await work(number, turn);
      done++;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  return done / SPEND_SECONDS;
}

async function redemptions(raw: pg.Client, { ctx }: LedgerShop, customers: string[]): Promise<Measure[]> {
  const spend = (customerId: string) => {
    const key = crypto.randomUUID();
    return redeem(ctx, { key, customerId, unit: "EUR", amount: 1n, orderRef: key });
  };
  const spreadTo = (client: number, turn: number) => customers[(client * 9973 + turn * 31) % customers.length] ?? "";
  const hotCustomer = customers[0] ?? "";
  // Enough to spend for the whole time.
  await grantMany(ctx, {
    source: { type: "drop", id: crypto.randomUUID() },
    chunkKey: "hot",
    unit: "EUR",
    originClass: "unpaid",
    availableFrom: null,
    expiresAt: null,
    grants: [{ customerId: hotCustomer, amount: 10_000_000n }],
  });
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: CLIENTS });
  const bareUpdate = async (customerId: string) => {
    const client = await pool.connect();
    try {
      await client.query("begin");
      await client.query("update raw.account set credit = credit - 1 where shop_id = $1 and customer_id = $2 and unit = 'EUR'", [
        ctx.shopId,
        customerId,
      ]);
      await client.query("commit");
    } finally {
      client.release();
    }
  };
  await calm(raw);
  const spread = await rate((client, turn) => spend(spreadTo(client, turn)));
  const hot = await rate(() => spend(hotCustomer));
  const bareSpread = await rate((client, turn) => bareUpdate(spreadTo(client, turn)));
  const bareHot = await rate(() => bareUpdate(hotCustomer));
  await pool.end();
  return [
    {
      name: "redemptions a second, 8 clients, spread",
      value: spread,
      unit: "/s",
      note: `a bare balance update in a transaction: ${bareSpread.toFixed(0)}`,
    },
    { name: "redemptions a second, 8 clients, one account", value: hot, unit: "/s", note: `bare: ${bareHot.toFixed(0)}` },
  ];
}

async function clean({ ctx }: LedgerShop): Promise<Measure[]> {
  let count = 0;
  const took = await seconds(async () => {
    count = (await violationsOf(ctx)).length;
  });
  return [
    {
      name: "violations after all of this",
      value: count,
      unit: "",
      limit: { at: "most", value: 0 },
      note: `checked in ${took.toFixed(1)} s`,
    },
  ];
}
