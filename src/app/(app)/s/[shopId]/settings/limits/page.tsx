import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { LimitsPage } from "@/ui/campaigns/limits-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("approvals.limits");
  return { title: t("title") };
}

export default async function Limits({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "campaign.read");
  return <LimitsPage />;
}
