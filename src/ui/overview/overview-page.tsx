"use client";

import { Check } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { Permission } from "@/server/auth/permissions";
import { FindingList } from "../analytics/findings";
import { ProgrammeHeadline, VERDICT_TONE } from "../analytics/headline";
import { CampaignStatus } from "../campaigns/campaign-status";
import { formatMoney } from "../format";
import { Badge } from "../primitives/badge";
import { ButtonLink } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { cn } from "../primitives/class-names";
import { Page, PageHeader } from "../primitives/page-header";
import { ErrorState, Notice } from "../primitives/states";
import { Money, Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { Figures } from "./figures";
import { GroupsPart } from "./groups-part";
import { RecentImports } from "./recent-imports";

type Overview = RouterOutput["roi"]["overview"];
type Campaign = Overview["active"][number];

/** The first page of a shop: what is owed, what runs, what it brought. An empty shop is led to its first campaign. */
export function OverviewPage({ initial }: { initial: Overview }) {
  const t = useTranslations("overview");
  const shop = useShop();
  const overview = trpc.roi.overview.useQuery({ shopId: shop.id }, { initialData: initial, refetchInterval: 30_000 });
  if (overview.error && !overview.data) return <ErrorState error={overview.error} onRetry={() => void overview.refetch()} />;
  const { steps, figures, groups, approvals, active, ended, imports } = overview.data;
  const begun = steps.customers && steps.segments && steps.campaigns;
  return (
    <Page>
      <PageHeader title={t("title")} description={shop.name} />
      {approvals !== null && approvals > 0 && <Approvals count={approvals} />}
      {!begun && <Start steps={steps} />}
      {begun && <Figures overview={overview.data} />}
      {begun && figures && (
        <Section title={t("programme")} actions={<More path="/analytics" text={t("programmeMore")} />}>
          <ProgrammeHeadline headline={figures.headline} pooled={figures.pooled} />
        </Section>
      )}
      {begun && (
        <div className="grid gap-8 lg:grid-cols-2">
          <Section title={t("active")} actions={<AllCampaigns />}>
            {active.length === 0 ? <Empty text={t("activeEmpty")} /> : <CampaignRows campaigns={active} />}
          </Section>
          <Section title={t("results")} actions={<AllCampaigns />}>
            {ended.length === 0 ? <Empty text={t("resultsEmpty")} /> : <ResultRows campaigns={ended} />}
          </Section>
          {groups && <GroupsPart groups={groups} />}
          {figures && figures.findings.length > 0 && (
            <Section title={t("next")} actions={<More path="/analytics" text={t("nextMore")} />}>
              <FindingList findings={figures.findings.slice(0, NEXT)} />
            </Section>
          )}
        </div>
      )}
      {steps.customers && imports && <RecentImports imports={imports} />}
    </Page>
  );
}

/** Suggestions beside the other lists; the page of the analysis has all of them. */
const NEXT = 4;

function Approvals({ count }: { count: number }) {
  const t = useTranslations("overview");
  const shop = useShop();
  return (
    <Notice
      tone="info"
      title={t("approvals", { count })}
      action={
        <ButtonLink size="sm" href={shopPath(shop.id, "/campaigns/approvals")}>
          {t("approvalsOpen")}
        </ButtonLink>
      }
    />
  );
}

const More = ({ path, text }: { path: string; text: string }) => (
  <Link className="text-accent text-sm underline-offset-2 hover:underline" href={shopPath(useShop().id, path)}>
    {text}
  </Link>
);

const Empty = ({ text }: { text: string }) => <p className="text-muted text-sm">{text}</p>;

function AllCampaigns() {
  const t = useTranslations("overview");
  const shop = useShop();
  return shop.can("campaign.read") ? <More path="/campaigns" text={t("allCampaigns")} /> : null;
}

const ROW = "flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2.5 text-sm";

/** A line that leads to the campaign, for those whose role has a page of it. */
function CampaignRow({ path, children }: { path: string; children: ReactNode }) {
  const shop = useShop();
  if (!shop.can("campaign.read")) return <div className={ROW}>{children}</div>;
  return (
    <Link href={shopPath(shop.id, path)} className={cn(ROW, "hover:bg-hover")}>
      {children}
    </Link>
  );
}

function CampaignRows({ campaigns }: { campaigns: Campaign[] }) {
  const c = useTranslations("campaigns");
  return (
    <Card flush>
      <ul className="divide-y divide-line">
        {campaigns.map((campaign) => (
          <li key={campaign.id}>
            <CampaignRow path={`/campaigns/${campaign.id}`}>
              <span className="flex min-w-0 items-center gap-2">
                <span className="truncate font-medium text-ink">{campaign.name || c("untitled")}</span>
                <CampaignStatus status={campaign.status} />
              </span>
              <span className="text-muted text-xs">
                {campaign.drop?.frozenAt && campaign.offer.type === "none" ? (
                  c("text.none")
                ) : campaign.drop?.frozenAt ? (
                  <Money minor={campaign.totals.grantedTotal} unit={campaign.unit} />
                ) : (
                  campaign.runAt && <Timestamp at={campaign.runAt} zone={campaign.timeZone} />
                )}
              </span>
            </CampaignRow>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function ResultRows({ campaigns }: { campaigns: Overview["ended"] }) {
  const c = useTranslations("campaigns");
  return (
    <Card flush>
      <ul className="divide-y divide-line">
        {campaigns.map((campaign) => (
          <li key={campaign.id}>
            <CampaignRow path={`/campaigns/${campaign.id}?tab=result`}>
              <span className="min-w-0 truncate font-medium text-ink">{campaign.name || c("untitled")}</span>
              {campaign.result ? <Verdict result={campaign.result} unit={campaign.unit} /> : <CampaignStatus status={campaign.status} />}
            </CampaignRow>
          </li>
        ))}
      </ul>
    </Card>
  );
}

type VerdictProps = { result: NonNullable<Overview["ended"][number]["result"]>; unit: string };

/** The verdict in two words and, where there is one, the profit per person with its interval. */
function Verdict({ result, unit }: VerdictProps) {
  const t = useTranslations("overview");
  const locale = useLocale();
  const { verdict, profitPerPerson: profit } = result;
  const money = (minor: bigint) => formatMoney(minor, unit, locale);
  return (
    <span className="flex flex-wrap items-center gap-2">
      {profit && (
        <span className="tabular text-muted text-xs">
          {t("perPersonRange", { value: money(profit.value), low: money(profit.low), high: money(profit.high) })}
        </span>
      )}
      <Badge tone={VERDICT_TONE[verdict]}>{t(`verdict.${verdict}`)}</Badge>
    </span>
  );
}

type Step = { key: "import" | "segment" | "campaign"; done: boolean; path: string; permission: Permission };

function Start({ steps }: { steps: Overview["steps"] }) {
  const t = useTranslations("overview.start");
  const shop = useShop();
  const list: Step[] = [
    { key: "import", done: steps.customers, path: "/imports", permission: "import.write" },
    { key: "segment", done: steps.segments, path: "/segments/new", permission: "segment.write" },
    { key: "campaign", done: steps.campaigns, path: "/campaigns/new", permission: "campaign.write" },
  ];
  const next = list.find((step) => !step.done);
  return (
    <Section title={t("title")} description={t("text")}>
      <Card flush>
        <ol className="divide-y divide-line">
          {list.map((step, index) => (
            <li key={step.key} className="flex flex-wrap items-center justify-between gap-3 px-4 py-4">
              <div className="flex min-w-0 items-start gap-3">
                <span
                  className={cn(
                    "flex size-6 shrink-0 items-center justify-center rounded-full border font-medium text-xs",
                    step.done ? "border-accent bg-accent-soft text-accent" : "border-line-strong text-muted",
                  )}
                >
                  {step.done ? <Check aria-label={t("done")} className="size-3.5" /> : index + 1}
                </span>
                <div className="min-w-0">
                  <p className="font-medium text-ink text-sm">{t(step.key)}</p>
                  <p className="max-w-prose text-muted text-sm">{t(`${step.key}Text`)}</p>
                </div>
              </div>
              {!step.done && shop.can(step.permission) && (
                <ButtonLink variant={step === next ? "primary" : "secondary"} href={shopPath(shop.id, step.path)}>
                  {t(`${step.key}Action`)}
                </ButtonLink>
              )}
            </li>
          ))}
        </ol>
      </Card>
    </Section>
  );
}
