import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { TemplatesPage } from "@/ui/messages/templates/templates-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("templates");
  return { title: t("title") };
}

export default async function Templates({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "message.read");
  return <TemplatesPage />;
}
