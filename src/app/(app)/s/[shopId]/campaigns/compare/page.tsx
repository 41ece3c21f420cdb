import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { ComparePage } from "@/ui/campaigns/compare-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("campaigns.compare");
  return { title: t("title") };
}

export default async function Compare({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "campaign.read");
  return <ComparePage />;
}
