import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { requirePermission } from "@/server/trpc/server";
import { CustomersPage } from "@/ui/customers/customers-page";
import { FindCustomer } from "@/ui/customers/find-customer";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("customers");
  return { title: t("title") };
}

export default async function Customers({ params }: { params: Promise<{ shopId: string }> }) {
  const shop = await requirePermission((await params).shopId, "customer.read");
  // Support finds one person at a time and does not browse (domain.md 5.1).
  return shop.permissions.includes("customer.list") ? <CustomersPage /> : <FindCustomer />;
}
