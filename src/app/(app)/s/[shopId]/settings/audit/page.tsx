import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { AuditPage } from "@/ui/audit/audit-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("audit");
  return { title: t("title") };
}

export default async function Audit({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "audit.read");
  return <AuditPage />;
}
