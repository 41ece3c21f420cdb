import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { z } from "zod";
import { requirePermission } from "@/server/trpc/server";
import { SegmentPage } from "@/ui/segments/segment-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("segments");
  return { title: t("title") };
}

export default async function Segment({ params }: { params: Promise<{ shopId: string; segmentId: string }> }) {
  const { shopId, segmentId } = await params;
  await requirePermission(shopId, "segment.read");
  // An address that cannot be a segment's is a page that does not exist, not an error of the query.
  if (!z.uuid().safeParse(segmentId).success) notFound();
  return <SegmentPage segmentId={segmentId} />;
}
