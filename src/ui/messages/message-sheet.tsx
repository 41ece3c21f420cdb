"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { MESSAGE_STATUSES } from "@/server/notifications/schema";
import { SegmentedControl } from "../primitives/choice";
import { DescriptionList } from "../primitives/description-list";
import { Sheet } from "../primitives/dialog";
import { Skeleton, SkeletonText } from "../primitives/skeleton";
import { ErrorState } from "../primitives/states";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { MessageFrame } from "./message-frame";
import { MessageStatus } from "./message-status";

/** One message at the side, as its recipient gets it. */
export function MessageSheet({ id, onClose }: { id: string | null; onClose: () => void }) {
  const t = useTranslations("messages.sheet");
  const shop = useShop();
  const message = trpc.messages.get.useQuery({ shopId: shop.id, id: id ?? "" }, { enabled: id !== null });
  return (
    <Sheet open={id !== null} onOpenChange={(open) => !open && onClose()} title={t("title")} description={null}>
      {message.error ? (
        <ErrorState error={message.error} onRetry={() => void message.refetch()} />
      ) : message.data ? (
        <Content message={message.data} />
      ) : (
        <div className="flex flex-col gap-4">
          <SkeletonText lines={4} />
          <Skeleton className="h-80 w-full" />
        </div>
      )}
    </Sheet>
  );
}

type Message = RouterOutput["messages"]["get"];

function Content({ message }: { message: Message }) {
  const t = useTranslations("messages.sheet");
  const [view, setView] = useState<"formatted" | "plain">("formatted");
  const status = MESSAGE_STATUSES.find((candidate) => candidate === message.status);
  return (
    <div className="flex flex-col gap-4">
      <DescriptionList
        items={[
          { key: "to", term: t("to"), detail: `${message.to.name} <${message.to.email ?? t("noAddress")}>` },
          { key: "from", term: t("from"), detail: message.from },
          { key: "subject", term: t("subject"), detail: message.subject },
          { key: "status", term: t("status"), detail: status ? <MessageStatus status={status} reason={message.reason} /> : message.status },
        ]}
      />
      <SegmentedControl
        aria-label={t("view")}
        options={[
          { value: "formatted", label: t("formatted") },
          { value: "plain", label: t("plain") },
        ]}
        value={view}
        onValueChange={setView}
      />
      {view === "formatted" ? (
        <MessageFrame subject={message.subject} html={message.html} />
      ) : (
        <pre className="whitespace-pre-wrap rounded-lg border border-line bg-surface p-4 font-sans text-sm [overflow-wrap:anywhere]">
          {message.text}
        </pre>
      )}
    </div>
  );
}
