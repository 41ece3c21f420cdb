"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Section } from "../primitives/card";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { Money, Timestamp } from "../primitives/values";
import { shopPath } from "../shell/navigation";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { kindOf } from "./kind-of";
import { MessageSheet } from "./message-sheet";
import { MessageStatus } from "./message-status";

const SHOWN = 10;

/** The latest messages to one customer, for the customer's page. Shows nothing to roles that may not read messages. */
export function CustomerMessagesPanel({ customerId }: { customerId: string }) {
  const t = useTranslations("messages");
  const shop = useShop();
  const [open, setOpen] = useState<string | null>(null);
  const allowed = shop.can("message.read");
  const list = trpc.messages.list.useQuery({ shopId: shop.id, customerId, limit: SHOWN }, { enabled: allowed });
  if (!allowed) return null;
  return (
    <Section
      title={t("panel.title")}
      actions={
        <Link className="text-accent text-sm underline-offset-2 hover:underline" href={shopPath(shop.id, "/messages/outbox")}>
          {t("panel.all")}
        </Link>
      }
    >
      {list.error ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <SkeletonText lines={3} />
      ) : list.data.items.length === 0 ? (
        <p className="text-muted text-sm">{t("panel.empty")}</p>
      ) : (
        <ul className="divide-y divide-line">
          {list.data.items.map((message) => (
            <li key={message.id} className="flex flex-wrap items-start justify-between gap-2 py-2 text-sm">
              <button type="button" onClick={() => setOpen(message.id)} className="flex min-w-0 flex-col text-left hover:underline">
                <span className="truncate font-medium">{message.campaign?.name ?? t(kindOf(message.kind))}</span>
                <span className="text-muted text-xs">
                  <Timestamp at={message.sentAt ?? message.createdAt} />
                  {message.amount !== null && message.unit !== null && (
                    <>
                      , <Money minor={message.amount} unit={message.unit} />
                    </>
                  )}
                </span>
              </button>
              <MessageStatus status={message.status} reason={message.reason} />
            </li>
          ))}
        </ul>
      )}
      <MessageSheet id={open} onClose={() => setOpen(null)} />
    </Section>
  );
}
