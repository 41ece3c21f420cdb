import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { GroupsPage } from "@/ui/scoring/groups-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("scoring");
  return { title: t("title") };
}

export default async function Groups({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "report.read");
  return <GroupsPage />;
}
