import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { Books } from "@/ui/ledger/books";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("ledger.books");
  return { title: t("title") };
}

export default async function LedgerPage({ params }: { params: Promise<{ shopId: string }> }) {
  await requirePermission((await params).shopId, "ledger.read");
  return <Books />;
}
