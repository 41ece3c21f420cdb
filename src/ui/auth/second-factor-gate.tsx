import { useTranslations } from "next-intl";
import { ButtonLink } from "../primitives/button";
import { Page } from "../primitives/page-header";
import { EmptyState } from "../primitives/states";

/** In the place of an organisation's pages, for who may enter them only with a second factor. */
export function SecondFactorGate({ orgName }: { orgName: string }) {
  const t = useTranslations("auth.factor");
  return (
    <Page>
      <EmptyState
        title={t("gateTitle", { org: orgName })}
        text={t("gateText")}
        action={
          <ButtonLink href="/account" variant="primary">
            {t("setUp")}
          </ButtonLink>
        }
      />
    </Page>
  );
}
