"use client";

import { useState } from "react";
import { Page } from "../primitives/page-header";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { BuilderStep } from "./builder/steps";
import { CampaignEditor } from "./campaign-editor";
import { CampaignView } from "./campaign-view";
import type { Campaign } from "./use-autosave";

type CampaignRootProps = { initial: Campaign | null; segment?: { id: string; name: string } | null; messageOnly?: boolean };

const BUSY_MS = 2_000;
const QUIET_MS = 20_000;
const DECISION_MS = 5_000;
const SOON_MS = 120_000;

/** How often a campaign is worth a look: every two seconds while credit is being granted or about to be, otherwise now and then. */
function interval(campaign: Campaign | undefined): number | false {
  if (!campaign || campaign.status === "draft") return false;
  // Somebody else decides; their answer should not need a reload.
  if (campaign.status === "submitted") return DECISION_MS;
  const { drop, runAt } = campaign;
  const about = campaign.status === "scheduled" && runAt !== null && runAt.getTime() - Date.now() < SOON_MS;
  if (about || drop?.status === "granting" || drop?.status === "claimed") return BUSY_MS;
  return campaign.status === "scheduled" || campaign.status === "running" ? QUIET_MS : false;
}

/** The page of a campaign: its builder while it is a draft, its progress and result afterwards. */
export function CampaignRoot({ initial, segment = null, messageOnly = false }: CampaignRootProps) {
  const shop = useShop();
  const [id, setId] = useState(initial?.id ?? null);
  const campaign = trpc.campaigns.get.useQuery(
    { shopId: shop.id, id: id ?? "" },
    { enabled: id !== null, initialData: initial ?? undefined, refetchInterval: (query) => interval(query.state.data) },
  );
  const created = (draft: Campaign, step: BuilderStep) => {
    setId(draft.id);
    // The address follows without a new page, so that typing goes on undisturbed. One write for both: a step that is written by itself
    // around this moment is lost, because a changed path empties the queue of what waits for the address.
    window.history.replaceState(null, "", `${shopPath(shop.id, `/campaigns/${draft.id}`)}?step=${step}`);
  };
  if (id !== null && campaign.error && !campaign.data)
    return (
      <Page>
        <ErrorState error={campaign.error} onRetry={() => void campaign.refetch()} />
      </Page>
    );
  if (id !== null && !campaign.data)
    return (
      <Page>
        <SkeletonText lines={6} />
      </Page>
    );
  // Who may not write reads a draft like any other campaign: a form whose every change is refused would be a trap.
  if (campaign.data && (campaign.data.status !== "draft" || !shop.can("campaign.write"))) return <CampaignView campaign={campaign.data} />;
  return <CampaignEditor initial={campaign.data ?? null} segment={segment} messageOnly={messageOnly} onCreated={created} />;
}
