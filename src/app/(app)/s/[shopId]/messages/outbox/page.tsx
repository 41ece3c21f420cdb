import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { OutboxPage } from "@/ui/messages/outbox-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("messages");
  return { title: t("title") };
}

export default async function Outbox({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "message.read");
  return <OutboxPage />;
}
