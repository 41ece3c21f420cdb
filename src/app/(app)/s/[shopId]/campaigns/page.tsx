import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { CampaignListPage } from "@/ui/campaigns/campaign-list-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("campaigns");
  return { title: t("title") };
}

export default function Campaigns() {
  return <CampaignListPage />;
}
