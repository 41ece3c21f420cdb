import { setTimeout as pause } from "node:timers/promises";
import { startBackground } from "@inngest/background";
import { runtime } from "@inngest/runtime";
import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { createCampaignShop, createDraft } from "@/server/campaigns/testing";
import { setTestClock } from "@/server/clock";
import { withTenant } from "@/server/db";
import type { LedgerShop } from "@/server/ledger/testing";
import { pauseSending } from "@/server/notifications/control-sending";
import { instantToLocal } from "@/server/time";
import type { Measure } from "./measure";
import { withOwnDatabase } from "./own-database";

const DROPS = Number(process.env.GUTHABEN_BENCH_DROPS ?? 42);
const MEMBERS = 1_000;
const MINUTES = 3;
/** Farther off than what is claimed at the launch itself: every one of these drops has to be found by the clock. */
const FIRST_MINUTE = 3;
const PATIENCE_MS = 120_000;

/** Drops that are due in consecutive minutes of the real clock, on the embedded engine as the app runs it: how late each starts and ends. */
export const run = (): Promise<Measure[]> =>
  withOwnDatabase("punctual", async () => {
    await setTestClock(null);
    const shop = await createCampaignShop(MEMBERS);
    await startBackground();
    try {
      const last = await launch(shop);
      await pause(last - Date.now());
      return measure(await started(shop, last + PATIENCE_MS));
    } finally {
      await runtime().stop?.();
    }
  });

/** Spreads the drops over the minutes. Returns the last one. */
async function launch({ ctx }: LedgerShop): Promise<number> {
  const first = Math.ceil(Date.now() / 60_000) * 60_000 + FIRST_MINUTE * 60_000;
  for (let n = 0; n < DROPS; n++) {
    const at = new Date(first + (n % MINUTES) * 60_000);
    const draft = await createDraft(ctx, {
      ...{ name: `Drop ${n}`, amount: 1n, holdoutBps: 0, availableLocal: instantToLocal(at, "Europe/Berlin").slice(0, 16) },
    });
    await pauseSending(ctx, { campaignId: draft.id, paused: true });
    await launchCampaign(ctx, { id: draft.id });
  }
  return first + (MINUTES - 1) * 60_000;
}

type Times = { start: number; end: number };

/** Seconds after its minute at which each drop's people were fixed and its last credit was out. */
async function started({ ctx }: LedgerShop, deadline: number): Promise<Times[]> {
  for (;;) {
    const drops = await withTenant(ctx, ({ trx }) =>
      trx.selectFrom("campaign_drop").select(["status", "run_at", "frozen_at", "finished_at"]).execute(),
    );
    const times = drops.flatMap(({ run_at, frozen_at, finished_at }) =>
      frozen_at && finished_at
        ? [{ start: (frozen_at.getTime() - run_at.getTime()) / 1000, end: (finished_at.getTime() - run_at.getTime()) / 1000 }]
        : [],
    );
    if (times.length === DROPS) return times;
    if (Date.now() > deadline) throw new Error(`only ${times.length} of ${DROPS} drops are done`);
    await pause(500);
  }
}

const quantile = (values: readonly number[], share: number): number => {
  const value = values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1];
  if (value === undefined) throw new Error("a quantile of nothing");
  return value;
};

function measure(times: readonly Times[]): Measure[] {
  const starts = times.map(({ start }) => start);
  const ends = times.map(({ end }) => end);
  const words = (values: readonly number[]) =>
    `half within ${quantile(values, 0.5).toFixed(2)} s, the last ${Math.max(...values).toFixed(2)} s`;
  return [
    {
      name: `start of ${DROPS} drops after their minute, 95 % of them within`,
      value: quantile(starts, 0.95),
      unit: "s",
      limit: { at: "most", value: 5 },
      note: `${words(starts)}; ${Math.ceil(DROPS / MINUTES)} in the same minute, earliest ${Math.min(...starts).toFixed(3)} s`,
    },
    { name: `their credit all out, ${MEMBERS} people each, 95 % within`, value: quantile(ends, 0.95), unit: "s", note: words(ends) },
  ];
}
