"use client";

import { useRouter } from "next/navigation";
import { useErrorText } from "../error-text";
import { toastError } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { type RouterInput, trpc } from "../trpc";

type Proposal = Omit<RouterInput["roi"]["prepareCampaign"], "shopId">;

/** Makes the draft that a finding or a group suggests and opens it; everything in it is still to be changed. */
export function usePrepareCampaign(): { prepare: (proposal: Proposal) => void; pending: boolean } {
  const shop = useShop();
  const router = useRouter();
  const errorText = useErrorText();
  const mutation = trpc.roi.prepareCampaign.useMutation({
    onSuccess: ({ campaignId }) => router.push(`/s/${shop.id}/campaigns/${campaignId}`),
    onError: (error) => void toastError(errorText(error)),
  });
  return { prepare: (proposal) => mutation.mutate({ shopId: shop.id, ...proposal }), pending: mutation.isPending };
}
