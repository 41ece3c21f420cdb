import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { identityProviders } from "@/server/auth/options";
import { requestContext } from "@/server/trpc/server";
import { Entrance } from "@/ui/auth/entrance";
import { LoginForm } from "@/ui/auth/login-form";
import { safeNext } from "@/ui/auth/safe-next";

type LoginPageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("auth.login");
  return { title: t("title") };
}

const one = (value: string | string[] | undefined): string | null => (typeof value === "string" ? value : null);

/** After a provider's redirect next-auth names the page as a full address of this app. */
const pathOf = (url: string | null): string | null => (url && URL.canParse(url) ? new URL(url).pathname : url);

export default async function LoginPage({ searchParams }: LoginPageProps) {
  const query = await searchParams;
  const next = safeNext(one(query.next) ?? pathOf(one(query.callbackUrl)));
  const { signedIn } = await requestContext();
  // Signing in again is how an account without a password confirms a protected step; without `again` the way is shorter.
  if (signedIn && query.again === undefined) redirect(next);
  const t = await getTranslations("auth.login");
  return (
    <Entrance title={t("title")} text={t("tagline")}>
      <LoginForm next={next} error={one(query.error)} email={one(query.email) ?? ""} providers={identityProviders()} />
    </Entrance>
  );
}
