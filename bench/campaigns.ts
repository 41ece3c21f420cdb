import type pg from "pg";
import { finishDrop } from "@/server/campaigns/finish-drop";
import { freezeDrop } from "@/server/campaigns/freeze-drop";
import { grantChunks } from "@/server/campaigns/grant-chunk";
import { createCampaignShop } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { creditBySource } from "@/server/ledger/credit-by-source";
import { dueDrop } from "./due-drop";
import { grantWithOutbox } from "./grant-with-outbox";
import { type Measure, seconds } from "./measure";
import { withOwnDatabase } from "./own-database";

/** Members of the drop; GUTHABEN_BENCH_SIZE=1000000 is the size the limit is meant for. */
const SIZE = Number(process.env.GUTHABEN_BENCH_SIZE ?? 200_000);
/** Chunks a step of `campaign-drop` grants, two at a time; the ledger's own figure gets two workers as well. */
const CHUNKS_PER_STEP = 8;
const LANES = 2;

/** A drop end to end beside the ledger's own figure for the same grants. */
export const run = (): Promise<Measure[]> => withOwnDatabase("campaigns", endToEnd);

async function endToEnd(raw: pg.Client): Promise<Measure[]> {
  await setTestClock(null);
  const shop = await createCampaignShop(SIZE);
  await raw.query("analyze customer, customer_metrics");
  const customers = shop.customers.toSorted();
  const expiresAt = new Date(Date.now() + 86_400_000);
  const ledgerOnly = (workers: number) => seconds(() => grantWithOutbox(shop, customers, { workers, expiresAt }));
  // The accounts are made before either is timed.
  await ledgerOnly(LANES);
  const before = await ledgerOnly(LANES);
  const dropId = await dueDrop(shop);
  let chunks = 0;
  const freeze = await seconds(async () => {
    const frozen = await freezeDrop(shop.ctx, dropId);
    if (frozen.status !== "granting") throw new Error(`not released: ${JSON.stringify(frozen)}`);
    chunks = frozen.chunks;
  });
  const grant = await seconds(async () => {
    for (let from = 0; from < chunks; from += CHUNKS_PER_STEP)
      await grantChunks(shop.ctx, { dropId, from, to: Math.min(from + CHUNKS_PER_STEP, chunks) });
    await finishDrop(shop.ctx, dropId);
  });
  const after = await ledgerOnly(LANES);
  const peer = (before + after) / 2;
  const alone = await ledgerOnly(1);
  const read = await seconds(() => creditBySource(shop.ctx, { type: "drop", id: dropId }));
  return [
    {
      name: `drop to ${SIZE} members (freeze, assign, grant, messages) against the ledger's own grants and outbox rows, two workers each`,
      value: (freeze + grant) / peer,
      unit: "times",
      limit: { at: "most", value: 1.5 },
      note: `freeze ${freeze.toFixed(1)} s, grant ${grant.toFixed(1)} s; ledger before ${before.toFixed(1)} s, after ${after.toFixed(1)} s`,
    },
    { name: "the same against the ledger with one worker", value: (freeze + grant) / alone, unit: "times", note: `${alone.toFixed(1)} s` },
    { name: "members a second, end to end", value: SIZE / (freeze + grant), unit: "/s" },
    { name: "what became of the drop (creditBySource)", value: read, unit: "s" },
  ];
}
