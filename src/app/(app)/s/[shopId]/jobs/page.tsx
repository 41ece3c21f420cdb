import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { JobsPage } from "@/ui/jobs/jobs-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("jobs");
  return { title: t("title") };
}

export default async function Jobs({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "job.read");
  return <JobsPage />;
}
