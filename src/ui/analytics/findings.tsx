"use client";

import { useLocale, useTranslations } from "next-intl";
import { RFM_GROUPS } from "@/server/scoring/schema";
import { formatMoney, formatNumber } from "../format";
import { Button, ButtonLink } from "../primitives/button";
import { Section } from "../primitives/card";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { Loaded } from "./loading";
import { usePrepareCampaign } from "./use-prepare-campaign";
import { useStrategyName } from "./use-strategy-name";

type Finding = RouterOutput["roi"]["findings"][number];

/** What the numbers suggest to do next, each with the campaign it leads to. */
export function Findings() {
  const t = useTranslations("analytics.findings");
  const shop = useShop();
  const query = trpc.roi.findings.useQuery({ shopId: shop.id });
  return (
    <Section title={t("title")} description={t("text")}>
      <Loaded query={query}>
        {(findings) => (findings.length === 0 ? <p className="text-muted text-sm">{t("none")}</p> : <FindingList findings={findings} />)}
      </Loaded>
    </Section>
  );
}

export const FindingList = ({ findings }: { findings: readonly Finding[] }) => (
  <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
    {findings.map((finding) => (
      <FindingRow key={`${finding.code} ${JSON.stringify(finding.params)}`} finding={finding} />
    ))}
  </ul>
);

function FindingRow({ finding }: { finding: Finding }) {
  const t = useTranslations("analytics.findings");
  const group = useTranslations("scoring.group");
  const locale = useLocale();
  const strategyName = useStrategyName();
  const shop = useShop();
  const { prepare, pending } = usePrepareCampaign();
  const known = RFM_GROUPS.find((name) => name === finding.params.group);
  const values = {
    ...finding.params,
    ...Object.fromEntries(Object.entries(finding.amounts).map(([name, minor]) => [name, formatMoney(minor, finding.unit, locale)])),
    ...(typeof finding.params.share === "number" ? { share: formatNumber(finding.params.share, locale, { digits: 1 }) } : {}),
    ...(known ? { group: group(known) } : {}),
    ...(typeof finding.params.strategy === "string" ? { strategy: strategyName(finding.params.strategy) } : {}),
  };
  const title = t(`code.${finding.code}.title`, values);
  const proposal = finding.prepare;
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
      <div className="min-w-0 max-w-prose">
        <p className="font-medium text-sm">{title}</p>
        <p className="text-muted text-sm">{t(`code.${finding.code}.text`, values)}</p>
      </div>
      {finding.code === "marginMissing" && (
        <ButtonLink size="sm" href={`/s/${shop.id}/analytics?tab=assumptions`}>
          {t("margin")}
        </ButtonLink>
      )}
      {proposal && shop.can("campaign.write") && (
        <Button size="sm" loading={pending} onClick={() => prepare({ ...proposal, name: title.slice(0, 100) })}>
          {t("prepare")}
        </Button>
      )}
    </li>
  );
}
