import { chainAudit, organisationsToChain } from "@/server/audit/chain";
import type { TenantContext } from "@/server/tenancy/context";
import { inngest } from "../client";

/** Every minute: seals what was recorded since. One organisation after the other; a failing one does not hold up the rest. */
export const auditChain = inngest.createFunction(
  { id: "audit-chain", triggers: [{ cron: "* * * * *" }], concurrency: [{ limit: 1 }], retries: 2 },
  async ({ step, runId }) =>
    step.run("chain", async () => {
      let [chained, failed] = [0, 0];
      for (const orgId of await organisationsToChain()) {
        const ctx: TenantContext = { orgId, shopId: null, actor: { type: "system", label: "audit-chain" }, requestId: runId };
        try {
          chained += await chainAudit(ctx);
        } catch (error) {
          failed++;
          console.error(`audit chain of ${orgId}:`, error);
        }
      }
      return { chained, failed };
    }),
);
