import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { CampaignListPage } from "@/ui/campaigns/campaign-list-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("campaigns");
  return { title: t("title") };
}

export default async function Campaigns({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "campaign.read");
  return <CampaignListPage />;
}
