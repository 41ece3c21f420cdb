import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { getCaller, orNotFound } from "@/server/trpc/server";
import { CampaignRoot } from "@/ui/campaigns/campaign-root";

type Props = { params: Promise<{ shopId: string; campaignId: string }> };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("campaigns");
  return { title: t("title") };
}

export default async function Campaign({ params }: Props) {
  const { shopId, campaignId } = await params;
  const caller = await getCaller();
  return <CampaignRoot initial={await orNotFound(caller.campaigns.get({ shopId, id: campaignId }))} />;
}
