"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { anyContentSchema } from "@/server/notifications/templates/schema";
import { errorCode, errorDetail, useErrorText } from "../../error-text";
import { Badge } from "../../primitives/badge";
import { Button, ButtonLink } from "../../primitives/button";
import { Dialog, Sheet } from "../../primitives/dialog";
import { Field } from "../../primitives/field";
import { Input } from "../../primitives/input";
import { SkeletonText } from "../../primitives/skeleton";
import { ErrorState, Notice } from "../../primitives/states";
import { toastSuccess } from "../../primitives/toast";
import { Timestamp } from "../../primitives/values";
import { shopPath } from "../../shell/navigation";
import { useShop } from "../../shell/shop-context";
import { type RouterInput, trpc } from "../../trpc";
import { TroubleText } from "../trouble-text";
import type { Content, TemplateView } from "./content";
import { VersionCompare } from "./version-compare";

type HistorySheetProps = {
  template: TemplateView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** What stands in the editor, to compare with. */
  content: Content;
  /** Why an old version cannot be brought back now. */
  blocked: string | undefined;
  onRestored: (template: TemplateView) => void;
};

/** Every version that was saved. Bringing one back writes a new version, so nothing is lost by it. */
export function HistorySheet({ template, content, open, onOpenChange, blocked, onRestored }: HistorySheetProps) {
  const t = useTranslations("templates.history");
  const shop = useShop();
  const errorText = useErrorText();
  const [compared, setCompared] = useState<number | null>(null);
  const restore = trpc.messages.templates.restore.useMutation({
    onSuccess: (next) => {
      setCompared(null);
      toastSuccess(t("restored", { version: next.version ?? 0 }));
      onRestored(next);
    },
  });
  const { id } = template;
  if (compared !== null && id !== null)
    return (
      <Sheet
        open={open}
        onOpenChange={(next) => {
          setCompared(null);
          onOpenChange(next);
        }}
        title={t("compareTitle", { version: compared })}
        description={t("compareText")}
        footer={<Button onClick={() => setCompared(null)}>{t("close")}</Button>}
      >
        <Compared id={id} version={compared} content={content} />
      </Sheet>
    );
  return (
    <Sheet open={open} onOpenChange={onOpenChange} title={t("title")} description={t("description")}>
      {restore.error && (
        <p role="alert" className="pb-2 text-danger text-sm">
          {errorText(restore.error)}
        </p>
      )}
      <ul className="divide-y divide-line">
        {template.versions.map(({ version, createdAt, by }) => (
          <li key={version} className="flex flex-wrap items-center justify-between gap-2 py-2">
            <div className="min-w-0 text-sm">
              <p className="flex items-center gap-2 font-medium">
                {t("version", { version })}
                {version === template.version && <Badge tone="accent">{t("current")}</Badge>}
              </p>
              <p className="text-muted text-xs">
                <Timestamp at={createdAt} /> · {by}
              </p>
            </div>
            <span className="flex gap-1">
              <Button size="sm" variant="ghost" onClick={() => setCompared(version)}>
                {t("compare")}
              </Button>
              {version !== template.version && id !== null && shop.can("message.write") && (
                <Button
                  size="sm"
                  disabledReason={blocked}
                  loading={restore.isPending && restore.variables.version === version}
                  onClick={() => restore.mutate({ shopId: shop.id, id, version })}
                >
                  {t("restore")}
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

/** A version beside what stands in the editor now. */
export function Compared({ id, version, content }: { id: string; version: number; content: Content }) {
  const shop = useShop();
  const old = trpc.messages.templates.version.useQuery({ shopId: shop.id, id, version }, { staleTime: Number.POSITIVE_INFINITY });
  if (old.error) return <ErrorState error={old.error} onRetry={() => void old.refetch()} />;
  if (!old.data) return <SkeletonText lines={8} />;
  return <VersionCompare before={anyContentSchema.parse(old.data.content)} after={content} />;
}

type TestMessage = Omit<RouterInput["messages"]["templates"]["testSend"], "shopId" | "to">;

/** Sends what is written now, saved or not, to one address. */
export function TestDialog({
  message,
  open,
  onOpenChange,
}: {
  message: TestMessage;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const t = useTranslations("templates.test");
  const shop = useShop();
  const errorText = useErrorText();
  const [to, setTo] = useState("");
  const utils = trpc.useUtils();
  const send = trpc.messages.templates.testSend.useMutation({ onSettled: () => utils.messages.templates.tests.invalidate() });
  const email = message.channel === "email";
  const refusal = errorCode(send.error) === "CHANNEL_FAILED" ? errorDetail(send.error) : null;
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) send.reset();
        onOpenChange(next);
      }}
      size="sm"
      title={t("title")}
      description={t("description")}
      footer={
        <Button
          variant="primary"
          loading={send.isPending}
          disabledReason={to.trim().length < 3 ? t("missing") : undefined}
          onClick={() => send.mutate({ ...message, shopId: shop.id, to })}
        >
          {t("send")}
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={t(email ? "email" : "phone")} error={send.error && refusal === null ? errorText(send.error) : undefined} required>
          {(control) => (
            <Input
              {...control}
              type={email ? "email" : "tel"}
              maxLength={320}
              value={to}
              onChange={(event) => {
                setTo(event.target.value);
                send.reset();
              }}
            />
          )}
        </Field>
        {refusal !== null && (
          <Notice tone="danger" title={t("failed")}>
            <TroubleText words={refusal} />
          </Notice>
        )}
        {send.data?.delivered === "sent" && (
          <Notice tone="accent" title={t("sent")}>
            {send.data.detail && <span className="[overflow-wrap:anywhere]">{t("reference", { reference: send.data.detail })}</span>}
          </Notice>
        )}
        {send.data?.delivered === "outbox" && (
          <Notice
            tone="info"
            title={t("kept")}
            action={
              <ButtonLink size="sm" href={shopPath(shop.id, `/messages/outbox?to=tests&test=${send.data.id}`)}>
                {t("show")}
              </ButtonLink>
            }
          >
            {t("noChannel")}
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
