"use client";

import { CircleAlert, CircleCheck, CircleHelp, Info, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { ABOUTS, type About, type DomainState, type Finding, type Level, stateOf } from "@/server/notifications/sender-domain/schema";
import { StatusBadge, type Tone } from "../../../primitives/badge";
import { Card } from "../../../primitives/card";
import { cn } from "../../../primitives/class-names";
import { DnsRecordLines } from "./dns-record";

const STATE_TONE = { ok: "accent", warning: "warning", error: "danger", unasked: "neutral" } as const satisfies Record<DomainState, Tone>;

export function StateBadge({ state, asking = false }: { state: DomainState; asking?: boolean }) {
  const t = useTranslations("senderDomain.state");
  if (asking)
    return (
      <StatusBadge tone="info" pulse>
        {t("asking")}
      </StatusBadge>
    );
  return <StatusBadge tone={STATE_TONE[state]}>{t(state)}</StatusBadge>;
}

/** What was found, by what mailbox providers ask about. While it is asked anew, what was seen last stays. */
export function Findings({ findings, asking }: { findings: readonly Finding[]; asking: boolean }) {
  return (
    <Card flush>
      <ul className="divide-y divide-line">
        {ABOUTS.map((about) => (
          <Part key={about} about={about} findings={findings.filter((one) => one.about === about)} asking={asking} />
        ))}
      </ul>
    </Card>
  );
}

function Part({ about, findings, asking }: { about: About; findings: readonly Finding[]; asking: boolean }) {
  const t = useTranslations("senderDomain.about");
  return (
    <li className="grid gap-x-6 gap-y-3 p-4 md:grid-cols-[12rem_minmax(0,1fr)]">
      <div className="flex min-w-0 flex-row flex-wrap items-baseline gap-x-3 gap-y-1 md:flex-col md:items-start">
        <h3 className="font-semibold text-ink text-sm">{t(`${about}.title`)}</h3>
        <p className="text-muted text-xs">{t(`${about}.text`)}</p>
        <StateBadge state={stateOf(findings)} asking={asking} />
      </div>
      <ul className="flex min-w-0 flex-col gap-4">
        {findings.map((finding) => (
          <Item key={`${finding.code} ${Object.values(finding.params).join(" ")}`} finding={finding} />
        ))}
      </ul>
    </li>
  );
}

const MARK = {
  ok: { Icon: CircleCheck, colour: "text-accent" },
  hint: { Icon: Info, colour: "text-info" },
  warning: { Icon: TriangleAlert, colour: "text-warning" },
  error: { Icon: CircleAlert, colour: "text-danger" },
  unasked: { Icon: CircleHelp, colour: "text-muted" },
} as const satisfies Record<Level, unknown>;

function Item({ finding }: { finding: Finding }) {
  const t = useTranslations("senderDomain");
  const { code, level, params, publish } = finding;
  const { Icon, colour } = MARK[level];
  return (
    <li className="flex min-w-0 items-start gap-2.5">
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", colour)} />
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <div className="min-w-0 [overflow-wrap:anywhere]">
          <p className="font-medium text-ink text-sm">
            <span className="sr-only">{t(`level.${level}`)}: </span>
            {t(`finding.${code}.title`, params)}
          </p>
          <p className="mt-0.5 max-w-prose text-muted text-sm">{t(`finding.${code}.text`, params)}</p>
        </div>
        {publish && (
          <div className="flex min-w-0 flex-col gap-2">
            <p className="font-medium text-ink text-xs">{t("record.publish")}</p>
            <DnsRecordLines record={publish} />
          </div>
        )}
      </div>
    </li>
  );
}
