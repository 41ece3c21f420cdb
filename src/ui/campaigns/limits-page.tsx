"use client";

import { useTranslations } from "next-intl";
import { Card, Section } from "../primitives/card";
import { Page, PageHeader } from "../primitives/page-header";
import { Progress } from "../primitives/progress";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { Money } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { HaltSwitch } from "./halt-switch";
import { LimitsForm, OrganisationForm } from "./limits-form";

export type Policy = RouterOutput["campaigns"]["policy"];

/** The guard rails of a shop: who must agree from when on, what may be spent, and the switch that stops everything. */
export function LimitsPage() {
  const t = useTranslations("approvals.limits");
  const shop = useShop();
  const policy = trpc.campaigns.policy.useQuery({ shopId: shop.id });
  return (
    <Page width="narrow">
      <PageHeader title={t("title")} description={t("description")} />
      {policy.error ? (
        <ErrorState error={policy.error} onRetry={() => void policy.refetch()} />
      ) : !policy.data ? (
        <SkeletonText lines={8} />
      ) : (
        <>
          <HaltSwitch policy={policy.data} />
          <Usage policy={policy.data} />
          <Section title={t("shopTitle")} description={shop.can("shop.manage") ? t("shopText") : t("readOnly")}>
            <Card>
              <LimitsForm policy={policy.data} key={versionOf(policy.data)} />
            </Card>
          </Section>
          {shop.can("org.manage") && (
            <Section title={t("organisationTitle")} description={t("organisationText", { name: shop.orgName })}>
              <Card>
                <OrganisationForm policy={policy.data} key={`organisation${policy.data.organisation?.monthCap ?? ""}`} />
              </Card>
            </Section>
          )}
        </>
      )}
    </Page>
  );
}

/** The form starts anew from what was saved. */
const versionOf = ({ approvalFrom, secondApprovalFrom, monthCap, customerCap, customerDays }: Policy): string =>
  [approvalFrom, secondApprovalFrom, monthCap, customerCap, customerDays].join();

function Usage({ policy }: { policy: Policy }) {
  const t = useTranslations("approvals.limits");
  const { usage, monthCap, organisation, unit } = policy;
  if (monthCap === null && organisation === null) return null;
  return (
    <Section title={t("usage")}>
      <div className="grid gap-4 sm:grid-cols-2">
        {monthCap !== null && <Meter label={t("shopMonth")} used={usage.month} cap={monthCap} unit={unit} />}
        {organisation && organisation.monthCap !== null && (
          <Meter label={t("organisationMonth")} used={usage.organisationMonth} cap={organisation.monthCap} unit={organisation.unit} />
        )}
      </div>
    </Section>
  );
}

function Meter({ label, used, cap, unit }: { label: string; used: bigint; cap: bigint; unit: string }) {
  const share = cap <= 0n ? 1 : Number((used * 10_000n) / cap) / 10_000;
  return (
    <div className="flex flex-col gap-1.5 text-sm">
      <div className="flex flex-wrap justify-between gap-2">
        <span className="text-muted">{label}</span>
        <span className="tabular">
          <Money minor={used} unit={unit} /> / <Money minor={cap} unit={unit} />
        </span>
      </div>
      <Progress label={label} value={share} tone={share >= 1 ? "danger" : "accent"} />
    </div>
  );
}
