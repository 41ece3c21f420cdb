"use client";

import { useTranslations } from "next-intl";
import { MENDABLE_REASONS, MESSAGE_STATUSES } from "@/server/notifications/schema";
import { DescriptionList } from "../primitives/description-list";
import { Sheet } from "../primitives/dialog";
import { Skeleton, SkeletonText } from "../primitives/skeleton";
import { ErrorState, Notice } from "../primitives/states";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { MessageBody } from "./message-body";
import { MessageStatus } from "./message-status";
import { MessageTrace } from "./message-trace";
import { ResolveMessage } from "./resolve-message";
import { RefusedMessage } from "./send-again";
import { TroubleText } from "./trouble-text";

/** One message at the side, as its recipient gets it, with what became of it and of the credit it told about. */
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
const TIMES = ["sendAfter", "sentAt", "deliveredAt", "openedAt", "clickedAt", "bouncedAt", "complainedAt"] as const;

function Content({ message }: { message: Message }) {
  const t = useTranslations("messages.sheet");
  const m = useTranslations("messages");
  const shop = useShop();
  const status = MESSAGE_STATUSES.find((candidate) => candidate === message.status);
  const basis = (["consent", "existingCustomer", "transactional"] as const).find((candidate) => candidate === message.basis);
  const { template } = message;
  const { sentAt, deliveredAt, openedAt, clickedAt, bouncedAt, complainedAt } = message;
  const times = { sendAfter: message.status === "queued" ? message.sendAfter : null, sentAt, deliveredAt, openedAt, clickedAt };
  const when = TIMES.flatMap((name) => {
    const at = { ...times, bouncedAt, complainedAt }[name];
    return at ? [{ key: name, term: t(name), detail: <Timestamp at={at} /> }] : [];
  });
  return (
    <div className="flex flex-col gap-5">
      {message.status === "unknown" && shop.can("message.write") && <ResolveMessage id={message.id} />}
      {message.status === "failed" && MENDABLE_REASONS.some((reason) => reason === message.reason) && shop.can("message.write") && (
        <RefusedMessage id={message.id} />
      )}
      <DescriptionList
        items={[
          { key: "to", term: t("to"), detail: `${message.to.name} <${message.to.email ?? t("noAddress")}>` },
          { key: "from", term: t("from"), detail: message.from },
          ...(message.subject ? [{ key: "subject", term: t("subject"), detail: message.subject }] : []),
          { key: "kind", term: t("kind"), detail: `${m(`kind.${message.kind}`)}, ${m(`channel.${message.channel}`)}` },
          { key: "status", term: t("status"), detail: status ? <MessageStatus status={status} reason={message.reason} /> : message.status },
          ...(message.error ? [{ key: "error", term: t("error"), detail: <TroubleText words={message.error} /> }] : []),
          ...(basis ? [{ key: "basis", term: t("basis"), detail: m(`basis.${basis}`) }] : []),
          ...(template
            ? [{ key: "template", term: t("template"), detail: t("templateVersion", { name: template.name, version: template.version }) }]
            : []),
          ...when,
        ]}
      />
      {message.textOfToday && <Notice tone="info" title={t("textOfToday")} />}
      {message.productsOfToday && <Notice tone="info" title={t("productsOfToday")} />}
      <MessageBody body={message} />
      <MessageTrace id={message.id} />
    </div>
  );
}
