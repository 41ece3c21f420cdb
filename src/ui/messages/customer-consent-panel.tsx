"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import type { Messages } from "@/messages/index";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Section } from "../primitives/card";
import { SkeletonText } from "../primitives/skeleton";
import { ErrorState, Notice } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { RecordConsentDialog } from "./record-consent-dialog";

type Event = RouterOutput["messages"]["consent"]["history"]["events"][number];
type Topic = keyof Messages["messages"]["consent"]["topic"];
type Basis = keyof Messages["messages"]["consent"]["basis"];
const SHOWN = 8;

type CustomerConsentPanelProps = {
  customerId: string;
  /** Whether there is an address that could be confirmed and is not subscribed yet. */
  askable: boolean;
};

/** What one person allowed and refused, and the two ways to change it: asking them, and noting what they said elsewhere. */
export function CustomerConsentPanel({ customerId, askable }: CustomerConsentPanelProps) {
  const t = useTranslations("messages.consent");
  const shop = useShop();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const [recording, setRecording] = useState(false);
  const history = trpc.messages.consent.history.useQuery({ shopId: shop.id, customerId });
  const changed = () =>
    Promise.all([utils.messages.consent.history, utils.customers.get, utils.messages.list].map((query) => query.invalidate()));
  const ask = trpc.messages.consent.requestOptIn.useMutation({
    onSuccess: async (answer) => {
      if (answer.asked) toastSuccess(t("asked"));
      else toastError(t(`notAsked.${answer.reason}`));
      await changed();
    },
    onError: (error) => toastError(errorText(error)),
  });
  const write = shop.can("message.write");
  return (
    <Section
      title={t("title")}
      description={t("text")}
      actions={
        write && (
          <>
            {askable && (
              <Button size="sm" loading={ask.isPending} onClick={() => ask.mutate({ shopId: shop.id, customerId })}>
                {t("ask")}
              </Button>
            )}
            <Button size="sm" onClick={() => setRecording(true)}>
              {t("record")}
            </Button>
          </>
        )
      }
    >
      {history.data?.barred && (
        <Notice tone="warning" title={t(`barred.${history.data.barred.reason}`)}>
          <Timestamp at={history.data.barred.at} />. {t("barredText")}
        </Notice>
      )}
      {history.error ? (
        <ErrorState error={history.error} onRetry={() => void history.refetch()} />
      ) : !history.data ? (
        <SkeletonText lines={3} />
      ) : history.data.events.length === 0 ? (
        <p className="text-muted text-sm">{t("empty")}</p>
      ) : (
        <ul className="divide-y divide-line">
          {history.data.events.slice(0, SHOWN).map((event) => (
            <Entry key={event.id} event={event} />
          ))}
        </ul>
      )}
      {recording && (
        <RecordConsentDialog
          customerId={customerId}
          onClose={() => setRecording(false)}
          onRecorded={() => {
            setRecording(false);
            void changed();
          }}
        />
      )}
    </Section>
  );
}

function Entry({ event }: { event: Event }) {
  const t = useTranslations("messages.consent");
  const isTopic = (key: string): key is Topic => t.has(`topic.${key as Topic}`);
  const isBasis = (key: string): key is Basis => t.has(`basis.${key as Basis}`);
  const topic = `${event.channel}_${event.purpose}`;
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-0.5 py-2 text-sm">
      <span className="min-w-0">
        <span className="font-medium">{isTopic(topic) ? t(`topic.${topic}`) : topic}</span>:{" "}
        {event.purpose === "objection" && event.state === "granted" ? t("raised") : t(`states.${event.state}`)}
        <span className="block text-muted text-xs [overflow-wrap:anywhere]">
          {isBasis(event.basis) ? t(`basis.${event.basis}`) : event.basis}
          {event.sourceUrl && `, ${event.sourceUrl}`}
        </span>
      </span>
      <span className="text-muted text-xs">
        <Timestamp at={event.at} />
      </span>
    </li>
  );
}
