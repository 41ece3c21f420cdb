import { fork } from "node:child_process";
import { once } from "node:events";
import { dropDatabase } from "@db/drop-database";
import { sql } from "kysely";
import { createTransport } from "nodemailer";
import pg from "pg";
import { createCampaignShop } from "@/server/campaigns/testing";
import { closeDb, withTenant } from "@/server/db";
import type { LedgerShop } from "@/server/ledger/testing";
import { smtpAdapter } from "@/server/notifications/channels/smtp";
import { claimMessages } from "@/server/notifications/claim-messages";
import { decide, type Question } from "@/server/notifications/decide";
import { deliverMessages } from "@/server/notifications/deliver-messages";
import { inParallel } from "@/server/notifications/pace";
import { policySchema } from "@/server/notifications/schema";
import { getSettings, readSettings, saveSettings } from "@/server/notifications/settings";
import { onlySenders } from "@/server/notifications/testing";
import { migrate } from "../db/migrate";
import { ensurePostgres } from "../scripts/postgres.mjs";
import type { Measure } from "./measure";

/** Messages per run; the full size is 50,000. */
const SIZE = Number(process.env.BENCH_MESSAGES ?? 50_000);
const CONNECTIONS = 5;

/** E-mail beside bare nodemailer into the same server, and what the decision costs. */
export async function run(): Promise<Measure[]> {
  const postgres = await ensurePostgres({ dataDir: ".guthaben-bench" });
  const name = `bench_notifications_${process.pid.toString()}`;
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query(`create database "${name}"`);
  process.env.DATABASE_URL = url.toString();
  process.env.AUTH_SECRET ??= "bench-secret-bench-secret-bench-secret";
  try {
    await migrate(url.toString(), { testClock: true });
    return await measured();
  } finally {
    await closeDb();
    await dropDatabase(admin, name);
    await admin.end();
    if (postgres.started) await postgres.stop();
  }
}

async function measured(): Promise<Measure[]> {
  const server = fork(new URL("./workers/mail-sink.ts", import.meta.url), { execArgv: ["--import", "tsx"] });
  try {
    const [{ port }] = (await once(server, "message")) as [{ port: number }];
    const shop = await createCampaignShop(SIZE);
    const settings = await getSettings(shop.ctx);
    const rate = { perSecond: 0, perDomainPerSecond: 0 };
    await saveSettings(shop.ctx, { ...settings, policy: { ...settings.policy, quiet: null, rate } });
    const sample = await ours(shop, port, 500);
    await bare(port, sample.body, 500);
    const bareSeconds = await bare(port, sample.body, SIZE);
    const own = await ours(shop, port, SIZE);
    return [
      {
        name: `${SIZE.toString()} e-mails rendered, decided and handed over, against bare nodemailer with a constant body`,
        value: bareSeconds / own.seconds,
        unit: "of its rate",
        limit: { at: "least", value: 0.6 },
        note: `${(SIZE / own.seconds).toFixed(0)}/s, bare ${(SIZE / bareSeconds).toFixed(0)}/s, same server and ${CONNECTIONS.toString()} connections`,
      },
      ...(await deciding(shop)),
      ...pureDecision(),
    ];
  } finally {
    server.kill();
  }
}

const clock = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
};

async function bare(port: number, body: { html: string; text: string; subject: string }, count: number): Promise<number> {
  const transport = createTransport({
    pool: true,
    host: "127.0.0.1",
    port,
    ignoreTLS: true,
    maxConnections: CONNECTIONS,
    maxMessages: 500,
  });
  const numbers = Array.from({ length: count }, (_, n) => n + 1);
  const seconds = await clock(() =>
    inParallel(numbers, CONNECTIONS * 4, async (n) => {
      await transport.sendMail({ from: "shop@example.com", to: `c${n.toString()}@example.com`, ...body });
    }),
  );
  transport.close();
  return seconds;
}

async function ours(
  shop: LedgerShop,
  port: number,
  count: number,
): Promise<{ seconds: number; body: { html: string; text: string; subject: string } }> {
  const adapter = smtpAdapter({ host: "127.0.0.1", port, secure: "none", user: null, password: null });
  const body = { html: "", text: "", subject: "" };
  const spy = {
    ...adapter,
    send: (delivery: Parameters<typeof adapter.send>[0]) => {
      Object.assign(body, { html: delivery.html, text: delivery.text, subject: delivery.subject });
      return adapter.send(delivery);
    },
  };
  await plan(shop, count, crypto.randomUUID());
  let sent = 0;
  const seconds = await clock(async () => {
    for (let more = true; more; ) {
      const result = await deliverMessages(shop.ctx, async () => onlySenders({ email: spy }));
      sent += result.sent;
      more = result.more;
    }
  });
  adapter.close();
  if (sent !== count) throw new Error(`expected ${count.toString()} messages to be sent, ${sent.toString()} were`);
  return { seconds, body };
}

const plan = (shop: LedgerShop, count: number, key: string): Promise<unknown> =>
  withTenant(shop.ctx, async ({ trx }) => {
    await sql`delete from send_window`.execute(trx);
    await sql`
      insert into message (org_id, shop_id, customer_id, kind, channel, key, locale, params)
      select org_id, shop_id, id, 'credit_granted', 'email', ${key} || id, case when random() < 0.5 then 'de' else 'en' end,
        jsonb_build_object('amount', (500 + (random() * 20)::int * 50)::text, 'unit', 'EUR', 'expiresAt', '2099-06-30T22:00:00.000Z')
      from customer where shop_id = ${shop.ctx.shopId} limit ${count}`.execute(trx);
  });

/** The set-based decision in the database: claims, locks of the windows, suppression, consent, and the writing of what was decided. */
async function deciding(shop: LedgerShop): Promise<Measure[]> {
  const count = Math.min(SIZE, 10_000);
  await plan(shop, count, crypto.randomUUID());
  let looked = 0;
  const seconds = await clock(async () => {
    for (let batch = 1; batch > 0; looked += batch)
      batch = await withTenant(
        shop.ctx,
        async (handle) =>
          (await claimMessages(handle, shop.ctx, { limit: 250, paused: [], settings: await readSettings(handle, shop.ctx) })).looked,
      );
  });
  return [
    {
      name: "decision per message in batches, with the database",
      value: (seconds * 1_000) / looked,
      unit: "ms",
      limit: { at: "most", value: 1 },
    },
  ];
}

function pureDecision(): Measure[] {
  const question: Question = {
    channel: "email",
    category: "marketing",
    recipient: {
      id: "",
      erased: false,
      address: "ok",
      suppressed: null,
      objected: false,
      consent: "granted",
      hasBought: true,
      timeZone: "Europe/Berlin",
      told: false,
      recent: [0, 1, 2],
    },
    credit: { exists: true, expiresAt: null },
    campaignEnded: false,
    policy: policySchema.parse({}),
    now: Date.parse("2026-06-01T10:00:00Z"),
  };
  const count = 1_000_000;
  const start = performance.now();
  let sent = 0;
  for (let n = 0; n < count; n++)
    if (decide({ ...question, recipient: { ...question.recipient, id: n.toString() } }).action === "send") sent++;
  return [
    { name: "decide() alone", value: (performance.now() - start) / count, unit: "ms", note: `${(sent / count).toFixed(0)} of it sent` },
  ];
}
