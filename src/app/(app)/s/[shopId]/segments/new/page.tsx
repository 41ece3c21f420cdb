import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { NewSegmentPage } from "@/ui/segments/new-segment-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("segments");
  return { title: t("newTitle") };
}

export default async function NewSegment({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "segment.write");
  return <NewSegmentPage />;
}
