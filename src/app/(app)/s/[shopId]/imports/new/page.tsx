import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { env } from "@/server/env";
import { requirePermission } from "@/server/trpc/server";
import { UploadPage } from "@/ui/imports/upload-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("imports.upload");
  return { title: t("title") };
}

export default async function NewImport({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "import.write");
  return <UploadPage bytesMax={env().GUTHABEN_IMPORT_MAX_BYTES} />;
}
