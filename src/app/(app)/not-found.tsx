import { useTranslations } from "next-intl";
import { ButtonLink } from "@/ui/primitives/button";
import { Page } from "@/ui/primitives/page-header";
import { EmptyState } from "@/ui/primitives/states";

/** Within the frame: a deleted campaign, a customer of another shop. */
export default function NotFound() {
  const t = useTranslations("errors.pages");
  return (
    <Page>
      <h1 className="sr-only">{t("notFoundTitle")}</h1>
      <EmptyState title={t("notFoundTitle")} text={t("notFoundText")} action={<ButtonLink href="/">{t("home")}</ButtonLink>} />
    </Page>
  );
}
