import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { SendingPage } from "@/ui/messages/settings/sending-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("sending");
  return { title: t("title") };
}

export default async function Sending({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "message.read");
  return <SendingPage />;
}
