import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { viewOptIn } from "@/server/notifications/consent/opt-in";
import { Entrance } from "@/ui/auth/entrance";
import { Button } from "@/ui/primitives/button";

export const metadata: Metadata = { referrer: "no-referrer", robots: { index: false, follow: false } };

type Props = { params: Promise<{ token: string }>; searchParams: Promise<{ done?: string }> };

/** The second step of the double opt-in. Opening the page confirms nothing; its button does. */
export default async function ConfirmPage({ params, searchParams }: Props) {
  const { token } = await params;
  const t = await getTranslations("preferences");
  if ((await searchParams).done) return <Entrance title={t("confirmedTitle")}>{t("confirmedText")}</Entrance>;
  const view = await viewOptIn(token);
  if (!view) return <Entrance title={t("goneTitle")}>{t("goneText")}</Entrance>;
  return (
    <Entrance title={t("confirmTitle", { shop: view.shop })} text={t("confirmText", { shop: view.shop })}>
      <form method="post" action={`/confirm/${token}/save`}>
        <Button type="submit" variant="primary">
          {t("confirm")}
        </Button>
      </form>
    </Entrance>
  );
}
