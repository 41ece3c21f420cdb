import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { OutboxPage } from "@/ui/messages/outbox-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("messages");
  return { title: t("title") };
}

export default function Outbox() {
  return <OutboxPage />;
}
