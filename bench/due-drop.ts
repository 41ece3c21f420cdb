import { launchCampaign } from "@/server/campaigns/launch-campaign";
import { createDraft } from "@/server/campaigns/testing";
import type { LedgerShop } from "@/server/ledger/testing";
import { instantToLocal } from "@/server/time";

const ZONE = "Europe/Berlin";

/** A launched drop that is due now, of everyone and without a holdout. Messages are planned with the grants, as they are in earnest. */
export async function dueDrop({ ctx }: LedgerShop): Promise<string> {
  const draft = await createDraft(ctx, { amount: 1n, holdoutBps: 0, availableLocal: instantToLocal(new Date(), ZONE).slice(0, 16) });
  const { drop } = await launchCampaign(ctx, { id: draft.id });
  if (!drop) throw new Error("launched without a drop");
  return drop.id;
}
