import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { ApprovalsPage } from "@/ui/campaigns/approvals-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("approvals");
  return { title: t("title") };
}

export default async function Approvals({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "campaign.read");
  return <ApprovalsPage />;
}
