import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { getCaller, orNotFound, requirePermission } from "@/server/trpc/server";
import { CustomerPage } from "@/ui/customers/customer-page";

type Params = { params: Promise<{ shopId: string; customerId: string }> };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("customers");
  return { title: t("title") };
}

export default async function Customer({ params }: Params) {
  const { shopId, customerId } = await params;
  await requirePermission(shopId, "customer.read");
  const customer = await orNotFound((await getCaller()).customers.get({ shopId, id: customerId }));
  return <CustomerPage customer={customer} />;
}
