import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { SegmentListPage } from "@/ui/segments/segment-list-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("segments");
  return { title: t("title") };
}

export default async function Segments({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "segment.read");
  return <SegmentListPage />;
}
