import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Books } from "@/ui/ledger/books";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("ledger.books");
  return { title: t("title") };
}

export default function LedgerPage() {
  return <Books />;
}
