"use client";

import { useTranslations } from "next-intl";
import { Page, PageHeader } from "../../primitives/page-header";
import { UrlTabs } from "../../primitives/tabs";
import { useShop } from "../../shell/shop-context";
import { StopNotice } from "../stop-notice";
import { Channels } from "./channels";
import { DeliverabilityPart } from "./deliverability";
import { Rules } from "./rules";
import { Suppression } from "./suppression";
import { Webhooks } from "./webhooks";

/** How messages leave the shop: by which way, under which rules, to whom never, how they arrive, and who else is told. */
export function SendingPage() {
  const t = useTranslations("sending");
  const shop = useShop();
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} />
      <StopNotice />
      <UrlTabs
        label={t("tabs.label")}
        tabs={[
          { value: "channels", label: t("tabs.channels"), content: <Channels /> },
          { value: "rules", label: t("tabs.rules"), content: <Rules /> },
          { value: "suppression", label: t("tabs.suppression"), content: <Suppression /> },
          { value: "deliverability", label: t("tabs.deliverability"), content: <DeliverabilityPart /> },
          ...(shop.can("shop.manage") ? [{ value: "webhooks" as const, label: t("tabs.webhooks"), content: <Webhooks /> }] : []),
        ]}
      />
    </Page>
  );
}
