import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { getCaller, orNotFound, requirePermission } from "@/server/trpc/server";
import { ImportPage } from "@/ui/imports/import-page";

type Params = { params: Promise<{ shopId: string; importId: string }> };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("imports");
  return { title: t("title") };
}

export default async function Import({ params }: Params) {
  const { shopId, importId } = await params;
  await requirePermission(shopId, "import.read");
  const initial = await orNotFound((await getCaller()).imports.get({ shopId, id: importId }));
  return <ImportPage initial={initial} />;
}
