import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { getCaller, orNotFound, requestReach } from "@/server/trpc/server";
import { FoundAgency } from "@/ui/agency/found-agency";
import { AccountPage } from "@/ui/auth/account-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("auth.account");
  return { title: t("title") };
}

export default async function Account() {
  const caller = await getCaller();
  const { agencies } = await requestReach();
  return <AccountPage account={await orNotFound(caller.auth.account())}>{agencies.length === 0 && <FoundAgency />}</AccountPage>;
}
