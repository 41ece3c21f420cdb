import { clearOldRequests, shopsWithOldRequests } from "@/server/ledger/clear-requests";
import { systemContext } from "@/server/tenancy/context";
import { inngest } from "../client";

/** A run may have 1,000 steps; the next night finds the rest. */
const MAX_SHOPS = 500;

/** Every night: answers of money requests that are older than their retention go; the transfers keep their keys. */
export const ledgerRetention = inngest.createFunction(
  { id: "ledger-retention", triggers: [{ cron: "47 2 * * *" }], concurrency: [{ limit: 1 }], retries: 2 },
  async ({ step }) => {
    const shops = await step.run("shops", () => shopsWithOldRequests());
    let cleared = 0;
    for (const { orgId, shopId } of shops.slice(0, MAX_SHOPS))
      cleared += await step.run(shopId, () => clearOldRequests(systemContext(orgId, shopId, "ledger-retention")));
    return { shops: shops.length, cleared };
  },
);
