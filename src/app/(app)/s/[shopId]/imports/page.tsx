import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { ImportsPage } from "@/ui/imports/imports-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("imports");
  return { title: t("title") };
}

export default async function Imports({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "import.read");
  return <ImportsPage />;
}
