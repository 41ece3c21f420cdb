import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { ComparePage } from "@/ui/segments/compare-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("segments.compare");
  return { title: t("title") };
}

export default async function CompareSegments({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "segment.read");
  return <ComparePage />;
}
