"use client";

import { useLocale, useTranslations } from "next-intl";
import type { Reach } from "@/server/segments/schema";
import { formatNumber, formatPercent } from "../format";

const CHANNELS = ["email", "sms", "push"] as const;

/** How many of the members can be told something, by channel. */
export function ReachList({ reach, members }: { reach: Reach; members: number }) {
  const t = useTranslations("segments.live");
  const locale = useLocale();
  return (
    <dl className="grid grid-cols-[1fr_auto_auto] gap-x-3 gap-y-1 text-sm">
      {CHANNELS.map((channel) => (
        <div key={channel} className="contents">
          <dt className="text-muted">{t(channel)}</dt>
          <dd className="tabular text-right">{formatNumber(reach[channel], locale)}</dd>
          <dd className="tabular w-14 text-right text-faint">
            {members === 0 ? "–" : formatPercent(reach[channel] / members, locale, { digits: 0 })}
          </dd>
        </div>
      ))}
    </dl>
  );
}
