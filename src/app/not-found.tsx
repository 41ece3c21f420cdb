import type { Metadata } from "next";
import { useTranslations } from "next-intl";
import { getTranslations } from "next-intl/server";
import { ButtonLink } from "@/ui/primitives/button";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("errors.pages");
  return { title: t("notFoundTitle") };
}

export default function NotFound() {
  const t = useTranslations("errors.pages");
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-4 text-center">
      <p className="tabular text-faint text-sm">404</p>
      <h1 className="mt-1 font-semibold text-xl">{t("notFoundTitle")}</h1>
      <p className="mt-1 max-w-sm text-balance text-muted text-sm">{t("notFoundText")}</p>
      <ButtonLink href="/" className="mt-5">
        {t("home")}
      </ButtonLink>
    </main>
  );
}
