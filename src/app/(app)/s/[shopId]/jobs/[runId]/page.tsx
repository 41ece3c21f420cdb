import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { getCaller, orNotFound, requirePermission } from "@/server/trpc/server";
import { RunPage } from "@/ui/jobs/run-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("jobs");
  return { title: t("title") };
}

export default async function JobRun({ params }: { params: Promise<{ shopId: string; runId: string }> }) {
  const { shopId, runId } = await params;
  await requirePermission(shopId, "job.read");
  const caller = await getCaller();
  await orNotFound(caller.jobs.get({ shopId, runId }));
  return <RunPage runId={runId} />;
}
