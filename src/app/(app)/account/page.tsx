import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { getCaller, orNotFound } from "@/server/trpc/server";
import { AccountPage } from "@/ui/auth/account-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("auth.account");
  return { title: t("title") };
}

export default async function Account() {
  const caller = await getCaller();
  return <AccountPage account={await orNotFound(caller.auth.account())} />;
}
