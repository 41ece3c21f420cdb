"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { STOP_GUARD } from "@/server/notifications/schema";
import { Loaded } from "../../analytics/loading";
import { LineChart } from "../../charts/line-chart";
import { formatNumber, formatPercent } from "../../format";
import { Card, Section } from "../../primitives/card";
import { SegmentedControl } from "../../primitives/choice";
import { DataTable } from "../../primitives/data-table";
import { Stat, StatRow } from "../../primitives/stat";
import { EmptyState, Notice } from "../../primitives/states";
import { Timestamp } from "../../primitives/values";
import { shopPath } from "../../shell/navigation";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";
import { FeedbackNotice, useHearing } from "./feedback-notice";
import { SenderDomain } from "./sender-domain/sender-domain";

type Data = RouterOutput["messages"]["deliverability"];

const PERIODS = { "7": 7, "30": 30, "90": 90 } as const;
type Period = keyof typeof PERIODS;
/** Below this a single complaint would already look like an alarm; the server raises none either. */
const ENOUGH = STOP_GUARD.messages;

/** How mailbox providers receive the shop's e-mail, against the lines at which they begin to refuse it. */
export function DeliverabilityPart() {
  const t = useTranslations("sending.deliverability");
  const shop = useShop();
  const [period, setPeriod] = useState<Period>("30");
  const query = trpc.messages.deliverability.useQuery({ shopId: shop.id, days: PERIODS[period] });
  return (
    <div className="flex min-w-0 flex-col gap-10">
      <SenderDomain />
      <Section
        title={t("title")}
        description={t("text")}
        actions={
          <SegmentedControl
            aria-label={t("period")}
            value={period}
            onValueChange={setPeriod}
            options={(["7", "30", "90"] as const).map((value) => ({ value, label: t("days", { days: PERIODS[value] }) }))}
          />
        }
      >
        <Loaded query={query}>{(data) => <Figures data={data} />}</Loaded>
      </Section>
    </div>
  );
}

function Figures({ data }: { data: Data }) {
  const t = useTranslations("sending.deliverability");
  const locale = useLocale();
  const { hearing, sends } = useHearing();
  if (data.sent === 0)
    return (
      <div className="flex min-w-0 flex-col gap-6">
        {sends && <FeedbackNotice hearing={hearing} />}
        <Card>
          <EmptyState title={t("emptyTitle")} text={t("emptyText")} />
        </Card>
      </div>
    );
  // Nobody complained, and nobody could have told, are not the same.
  const unheard = hearing === "none" || hearing === "silent";
  const count = (value: number) => formatNumber(value, locale);
  const share = (value: number | null) => (value === null ? "–" : formatPercent(value, locale, { digits: 2 }));
  const resumed = data.countedFrom;
  const line = (warn: number, stop: number) => t("lines", { warn: share(warn), stop: share(stop) });
  return (
    <div className="flex min-w-0 flex-col gap-6">
      {data.sent < ENOUGH && (
        <Notice tone="info" title={t("thin", { count: data.sent })}>
          {t("thinText", { enough: ENOUGH })}
        </Notice>
      )}
      <FeedbackNotice hearing={hearing} />
      {(["complaints", "bounces"] as const).map((what) => {
        const level = data.alarms[what];
        if (level === "none") return null;
        return (
          <Notice key={what} tone={level === "stop" ? "danger" : "warning"} title={t(`alarm.${what}.${level}`)}>
            {t(`alarm.${what}.${level}Text`)}
          </Notice>
        );
      })}
      {resumed && <p className="max-w-prose text-muted text-sm">{t.rich("countedFrom", { at: () => <Timestamp at={resumed} /> })}</p>}
      <StatRow>
        <Stat label={t("sent")} value={count(data.sent)} />
        <Stat label={t("delivered")} value={count(data.delivered)} hint={t("deliveredHint")} />
        <Stat
          label={t("bounced")}
          value={`${count(data.bounced)} (${share(data.bounceRate)})`}
          hint={line(data.lines.bounceWarn, data.lines.bounceStop)}
        />
        <Stat label={t("softBounced")} value={count(data.softBounced)} />
        <Stat
          label={t("complaints")}
          value={unheard && data.marketing.complained === 0 ? t("unknown") : share(data.complaintRate)}
          hint={t("complaintsHint", {
            complained: count(data.marketing.complained),
            sent: count(data.marketing.sent),
            warn: share(data.lines.complaintWarn),
            stop: share(data.lines.complaintStop),
          })}
        />
      </StatRow>
      <div className="grid min-w-0 gap-6 lg:grid-cols-2">
        <Card>
          <LineChart
            title={t("perDay")}
            xLabel={t("day")}
            format={{ kind: "number" }}
            series={[{ id: "sent", label: t("sent"), points: data.daily.map(({ day, sent }) => ({ x: day, value: sent })) }]}
          />
        </Card>
        <Card>
          <LineChart
            title={t("trouble")}
            xLabel={t("day")}
            format={{ kind: "number" }}
            series={[
              { id: "bounced", label: t("bounced"), points: data.daily.map(({ day, bounced }) => ({ x: day, value: bounced })) },
              {
                id: "complained",
                label: t("complained"),
                dashed: true,
                points: data.daily.map(({ day, complained }) => ({ x: day, value: complained })),
              },
            ]}
          />
        </Card>
      </div>
      {data.sources.length > 0 && <Sources sources={data.sources} />}
      <Section level={3} title={t("domains")} description={t("domainsText")}>
        <DataTable
          label={t("domains")}
          rows={data.domains}
          loading={false}
          error={null}
          onRetry={() => {}}
          rowKey={(row) => row.domain}
          sorting={{ mode: "client" }}
          empty={<EmptyState title={t("emptyTitle")} text={t("emptyText")} />}
          columns={[
            { id: "domain", header: t("domain"), sortable: (row) => row.domain, cell: (row) => row.domain },
            { id: "sent", header: t("sent"), align: "end", sortable: (row) => row.sent, cell: (row) => count(row.sent) },
            {
              id: "bounced",
              header: t("bounced"),
              align: "end",
              sortable: (row) => row.bounced,
              cell: (row) => `${count(row.bounced)} (${share(row.bounced / row.sent)})`,
            },
            {
              id: "complained",
              header: t("complained"),
              align: "end",
              sortable: (row) => row.complained,
              cell: (row) => `${count(row.complained)} (${share(row.complained / row.sent)})`,
            },
          ]}
        />
      </Section>
    </div>
  );
}

/** Which campaigns people complained about: where to look for the cause. */
function Sources({ sources }: { sources: Data["sources"] }) {
  const t = useTranslations("sending.deliverability");
  const locale = useLocale();
  const shop = useShop();
  return (
    <Section level={3} title={t("sources")} description={t("sourcesText")}>
      <DataTable
        label={t("sources")}
        rows={sources}
        loading={false}
        error={null}
        onRetry={() => {}}
        rowKey={(row) => row.campaign?.id ?? ""}
        sorting={{ mode: "client" }}
        empty={null}
        columns={[
          {
            id: "campaign",
            header: t("campaign"),
            cell: ({ campaign }) =>
              campaign && shop.can("campaign.read") ? (
                <Link className="text-accent underline-offset-2 hover:underline" href={shopPath(shop.id, `/campaigns/${campaign.id}`)}>
                  {campaign.name || "–"}
                </Link>
              ) : (
                (campaign?.name ?? t("noCampaign"))
              ),
          },
          { id: "sent", header: t("sent"), align: "end", sortable: (row) => row.sent, cell: (row) => formatNumber(row.sent, locale) },
          {
            id: "complained",
            header: t("complained"),
            align: "end",
            sortable: (row) => row.complained,
            cell: (row) => `${formatNumber(row.complained, locale)} (${formatPercent(row.complained / row.sent, locale, { digits: 2 })})`,
          },
        ]}
      />
    </Section>
  );
}
