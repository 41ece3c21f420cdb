import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { z } from "zod";
import { getCaller, orNotFound, requirePermission } from "@/server/trpc/server";
import { CampaignRoot } from "@/ui/campaigns/campaign-root";

type Props = { params: Promise<{ shopId: string }>; searchParams: Promise<{ segment?: string | string[]; kind?: string | string[] }> };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("campaigns");
  return { title: t("editor.newTitle") };
}

/** A new draft, with `?segment=<id>` for that segment, with `?kind=message` for a message without credit. */
export default async function NewCampaign({ params, searchParams }: Props) {
  const { shopId } = await params;
  await requirePermission(shopId, "campaign.write");
  const wanted = await searchParams;
  const segmentId = z.uuid().safeParse(wanted.segment);
  const caller = await getCaller();
  const segment = segmentId.success ? await orNotFound(caller.segments.get({ shopId, id: segmentId.data })) : null;
  return (
    <CampaignRoot initial={null} segment={segment && { id: segment.id, name: segment.name }} messageOnly={wanted.kind === "message"} />
  );
}
