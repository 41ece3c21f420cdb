"use client";

import { useLocale, useTranslations } from "next-intl";
import { customerName } from "@/server/customers/schema";
import { formatCalendarDay, formatMoney, formatNumber } from "../format";
import { CustomerCreditPanel } from "../ledger/customer-credit-panel";
import { CustomerConsentPanel } from "../messages/customer-consent-panel";
import { CustomerMessagesPanel } from "../messages/customer-messages-panel";
import { Badge } from "../primitives/badge";
import { Card, Section } from "../primitives/card";
import { DescriptionList } from "../primitives/description-list";
import { Page, PageHeader } from "../primitives/page-header";
import { Stat, StatRow } from "../primitives/stat";
import { Notice } from "../primitives/states";
import { Money, Timestamp } from "../primitives/values";
import { PageCrumb } from "../shell/crumbs";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import type { RouterOutput } from "../trpc";
import { CustomerPrivacy } from "./customer-privacy";
import { CustomerTimeline } from "./customer-timeline";

type Customer = RouterOutput["customers"]["get"];

export function CustomerPage({ customer }: { customer: Customer }) {
  const t = useTranslations("customers");
  const shop = useShop();
  const name = customerName(customer);
  return (
    <Page>
      <PageCrumb label={name} href={shopPath(shop.id, `/customers/${customer.id}`)} />
      <PageHeader
        title={name}
        status={<Badge tone={customer.emailConsent === "SUBSCRIBED" ? "accent" : "neutral"}>{t(`consent.${customer.emailConsent}`)}</Badge>}
        description={customer.email && name !== customer.email ? customer.email : undefined}
        actions={<CustomerPrivacy customer={customer} />}
      />
      {customer.erasedAt && <Notice tone="info" title={t("detail.erased")} />}
      <Figures customer={customer} />
      <div className="grid gap-8 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-8">
          {(shop.can("ledger.read") || shop.can("credit.manual")) && <CustomerCreditPanel customerId={customer.id} />}
          <CustomerTimeline customerId={customer.id} />
          {shop.can("message.read") && <CustomerMessagesPanel customerId={customer.id} />}
          {shop.can("customer.pii") && shop.can("message.read") && (
            <CustomerConsentPanel
              customerId={customer.id}
              askable={customer.email !== null && customer.erasedAt === null && customer.emailConsent !== "SUBSCRIBED"}
            />
          )}
        </div>
        <Profile customer={customer} />
      </div>
    </Page>
  );
}

function Figures({ customer }: { customer: Customer }) {
  const t = useTranslations("customers.detail");
  const locale = useLocale();
  const shop = useShop();
  const average = customer.ordersCount > 0 ? customer.grossSpent / BigInt(customer.ordersCount) : null;
  const money = (minor: bigint) => formatMoney(minor, shop.currency, locale);
  return (
    <StatRow>
      <Stat
        label={t("netSpent")}
        value={<Money minor={customer.netSpent} />}
        hint={customer.refunded > 0n ? t("gross", { amount: money(customer.grossSpent) }) : undefined}
      />
      <Stat
        label={t("orders")}
        value={formatNumber(customer.ordersCount, locale)}
        hint={customer.firstOrderAt && <Timestamp at={customer.firstOrderAt} show="date" />}
      />
      <Stat
        label={t("average")}
        value={average === null ? t("none") : <Money minor={average} />}
        hint={customer.maxOrderTotal > 0n ? t("largest", { amount: money(customer.maxOrderTotal) }) : undefined}
      />
      <Stat
        label={t("lastOrder")}
        value={customer.lastOrderAt ? <Timestamp at={customer.lastOrderAt} show="date" /> : t("never")}
        hint={customer.lastOrderAt && <Timestamp at={customer.lastOrderAt} show="relative" />}
      />
    </StatRow>
  );
}

function Profile({ customer }: { customer: Customer }) {
  const t = useTranslations("customers");
  const locale = useLocale();
  const shop = useShop();
  const none = t("detail.none");
  const countries = new Intl.DisplayNames([locale], { type: "region" });
  const place = [customer.city, customer.region, customer.country && countries.of(customer.country)].filter(Boolean).join(", ");
  const consent = (
    <>
      {t(`consent.${customer.emailConsent}`)}
      {customer.emailConsentBasis && <span className="text-muted">, {t(`basis.${customer.emailConsentBasis}`)}</span>}
      {customer.emailConsentAt && (
        <span className="block text-muted">
          <Timestamp at={customer.emailConsentAt} />
        </span>
      )}
    </>
  );
  return (
    <Section title={t("detail.profile")} description={shop.can("customer.pii") ? undefined : t("detail.masked")}>
      <Card className="py-1">
        <DescriptionList
          className="[&>div]:sm:grid-cols-[minmax(7rem,1fr)_2fr]"
          items={[
            { key: "id", term: t("detail.customerId"), detail: customer.externalId },
            { key: "email", term: t("detail.email"), detail: customer.email ?? none },
            { key: "phone", term: t("detail.phone"), detail: customer.phone ?? none },
            { key: "place", term: t("detail.place"), detail: place || none },
            { key: "language", term: t("detail.language"), detail: customer.locale ?? none },
            ...(shop.can("customer.pii")
              ? [
                  {
                    key: "birth",
                    term: t("detail.birthDate"),
                    detail: customer.birthDate ? formatCalendarDay(customer.birthDate, locale) : none,
                  },
                ]
              : []),
            {
              key: "tags",
              term: t("detail.tags"),
              detail:
                customer.tags.length === 0 ? (
                  none
                ) : (
                  <span className="flex flex-wrap gap-1">
                    {customer.tags.map((tag) => (
                      <Badge key={tag}>
                        <span className="truncate">{tag}</span>
                      </Badge>
                    ))}
                  </span>
                ),
            },
            { key: "account", term: t("detail.account"), detail: t(`status.${customer.accountStatus}`) },
            { key: "consent", term: t("detail.emailConsent"), detail: consent },
            { key: "sms", term: t("detail.smsConsent"), detail: t(`consent.${customer.smsConsent}`) },
            { key: "added", term: t("detail.added"), detail: <Timestamp at={customer.addedAt} show="date" /> },
          ]}
        />
      </Card>
    </Section>
  );
}
