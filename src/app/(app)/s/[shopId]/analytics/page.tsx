import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { AnalyticsPage } from "@/ui/analytics/analytics-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("analytics");
  return { title: t("title") };
}

export default async function Analytics({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "report.read");
  return <AnalyticsPage />;
}
