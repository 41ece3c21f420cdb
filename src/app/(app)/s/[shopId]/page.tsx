import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { getCaller, orNotFound } from "@/server/trpc/server";
import { OverviewPage } from "@/ui/overview/overview-page";

type Props = { params: Promise<{ shopId: string }> };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("overview");
  return { title: t("title") };
}

export default async function Overview({ params }: Props) {
  const { shopId } = await params;
  const caller = await getCaller();
  return <OverviewPage initial={await orNotFound(caller.roi.overview({ shopId }))} />;
}
