"use client";

import { Bell } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { IconButton } from "../primitives/button";
import { Popover } from "../primitives/popover";
import { Money, Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { trpc } from "../trpc";

const EVERY_MS = 60_000;
const SHOWN = 6;

/** The bell of the shell: what waits for this person's decision, with a number. */
export function ApprovalBell({ shopId }: { shopId: string }) {
  const t = useTranslations("approvals.bell");
  const [open, setOpen] = useState(false);
  const inbox = trpc.campaigns.inbox.useQuery({ shopId }, { refetchInterval: EVERY_MS, refetchOnWindowFocus: true });
  const count = inbox.data?.open ?? 0;
  // Only a few fit: what this person can decide, and of that what came last, as with any notification.
  const items = (inbox.data?.items ?? []).toSorted(
    (a, b) => Number(b.mayDecide) - Number(a.mayDecide) || b.submittedAt.getTime() - a.submittedAt.getTime(),
  );
  return (
    <>
      <span role="status" className="sr-only">
        {count > 0 ? t("waiting", { count }) : ""}
      </span>
      <Popover
        open={open}
        onOpenChange={setOpen}
        align="end"
        label={t("title")}
        className="w-88 max-w-[calc(100vw-1rem)] p-0"
        trigger={
          <IconButton label={count > 0 ? t("waiting", { count }) : t("title")} className="relative">
            <Bell aria-hidden />
            {count > 0 && (
              <span
                aria-hidden
                className="tabular absolute top-0 right-0 flex min-w-4 items-center justify-center rounded-full bg-accent px-1 text-2xs text-accent-ink leading-4"
              >
                {count > 99 ? "99+" : count}
              </span>
            )}
          </IconButton>
        }
      >
        <p className="border-line border-b px-3 py-2 font-medium text-sm">{t("title")}</p>
        {items.length === 0 ? (
          <p className="px-3 py-4 text-muted text-sm">{t("empty")}</p>
        ) : (
          <ul className="divide-y divide-line">
            {items.slice(0, SHOWN).map((item) => (
              <li key={`${item.kind}${item.recallId ?? item.id}`}>
                <Link
                  href={shopPath(shopId, `/campaigns/approvals?item=${item.recallId ?? item.id}&campaign=${item.id}`)}
                  onClick={() => setOpen(false)}
                  className="focus-inset block px-3 py-2 text-sm hover:bg-hover"
                >
                  <span className="block truncate font-medium">{item.name}</span>
                  <span className="block text-muted text-xs">
                    {t(item.mayDecide ? `decide.${item.kind}` : "waits")} · <Money minor={item.cost} unit={item.unit} /> ·{" "}
                    <Timestamp at={item.submittedAt} show="relative" />
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        )}
        <Link
          href={shopPath(shopId, "/campaigns/approvals")}
          onClick={() => setOpen(false)}
          className="focus-inset block border-line border-t px-3 py-2 text-accent text-sm hover:bg-hover"
        >
          {t("all")}
        </Link>
      </Popover>
    </>
  );
}
