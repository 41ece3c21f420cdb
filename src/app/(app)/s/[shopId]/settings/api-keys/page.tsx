import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { ApiKeysPage } from "@/ui/settings/api-keys-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("settings.apiKeys");
  return { title: t("title") };
}

export default async function ApiKeys({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "apikey.read");
  return <ApiKeysPage />;
}
