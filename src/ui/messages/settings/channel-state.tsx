"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "../../error-text";
import { StatusBadge } from "../../primitives/badge";
import { Button } from "../../primitives/button";
import { ConfirmDialog } from "../../primitives/dialog";
import { toastError, toastSuccess } from "../../primitives/toast";
import { Timestamp } from "../../primitives/values";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";
import { TroubleText, useTroubleText } from "../trouble-text";

export type Channel = RouterOutput["messages"]["channels"]["list"][number];

export function ChannelBadge({ channel }: { channel: Channel }) {
  const t = useTranslations("sending.channels");
  if (channel.source === "none") return <StatusBadge tone="neutral">{t("notSet")}</StatusBadge>;
  if (channel.source === "environment") return <StatusBadge tone="info">{t("byServer")}</StatusBadge>;
  if (!channel.enabled) return <StatusBadge tone="neutral">{t("off")}</StatusBadge>;
  if (channel.paused) return <StatusBadge tone="warning">{t("paused")}</StatusBadge>;
  if (channel.failingSince) return <StatusBadge tone="danger">{t("failing")}</StatusBadge>;
  return <StatusBadge tone="accent">{t("on")}</StatusBadge>;
}

/** What the last test and the last sending said. */
export function ChannelHealth({ channel }: { channel: Channel }) {
  const t = useTranslations("sending.channels");
  return (
    <div className="flex min-w-0 flex-col gap-1 text-muted text-xs empty:hidden">
      {channel.testedAt && (
        <div>
          {t(channel.testError === null ? "testedWell" : "testedBadly")} <Timestamp at={channel.testedAt} />
          {channel.testError !== null && <TroubleText words={channel.testError} />}
        </div>
      )}
      {channel.failingSince && (
        <div className="text-danger">
          {t("failingSince")} <Timestamp at={channel.failingSince} />
          {channel.lastError && <TroubleText words={channel.lastError} />}
        </div>
      )}
    </div>
  );
}

/** Test, pause and remove: the same for every way. */
export function ChannelActions({ channel, name }: { channel: Channel; name: string }) {
  const t = useTranslations("sending.channels");
  const shop = useShop();
  const errorText = useErrorText();
  const troubleText = useTroubleText();
  const utils = trpc.useUtils();
  const [removing, setRemoving] = useState(false);
  const refresh = () => utils.messages.channels.list.invalidate();
  const test = trpc.messages.channels.test.useMutation({
    onSuccess: async (answer) => {
      if (answer.ok) toastSuccess(answer.detail ? t("testOkDetail", { detail: answer.detail }) : t("testOk"));
      else toastError(t("testFailed"), troubleText(answer.detail));
      await refresh();
    },
    onError: (error) => void toastError(errorText(error)),
  });
  const pause = trpc.messages.channels.setPaused.useMutation({
    onSuccess: refresh,
    onError: (error) => void toastError(errorText(error)),
  });
  if (!shop.can("shop.manage") || channel.source === "none") return null;
  const stored = channel.source === "settings";
  return (
    <>
      <Button
        size="sm"
        aria-label={t("testLabel", { name })}
        loading={test.isPending}
        onClick={() => test.mutate({ shopId: shop.id, kind: channel.kind })}
      >
        {t("test")}
      </Button>
      {stored && channel.enabled && channel.kind !== "inbound" && (
        <Button
          size="sm"
          aria-label={t(channel.paused ? "resumeLabel" : "pauseLabel", { name })}
          loading={pause.isPending}
          onClick={() => pause.mutate({ shopId: shop.id, kind: channel.kind, paused: !channel.paused })}
        >
          {t(channel.paused ? "resume" : "pause")}
        </Button>
      )}
      {stored && (channel.enabled || channel.hasSecret) && (
        <Button size="sm" variant="ghost" aria-label={t("removeLabel", { name })} onClick={() => setRemoving(true)}>
          {t("remove")}
        </Button>
      )}
      {removing && <RemoveChannel channel={channel} name={name} onClose={() => setRemoving(false)} />}
    </>
  );
}

function RemoveChannel({ channel, name, onClose }: { channel: Channel; name: string; onClose: () => void }) {
  const t = useTranslations("sending.channels");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const save = trpc.messages.channels.save.useMutation({
    onSuccess: async () => {
      toastSuccess(t("removed"));
      await utils.messages.channels.list.invalidate();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("removeTitle", { name })}
      description={t(channel.kind === "inbound" ? "removeInboundText" : "removeText")}
      confirmLabel={t("remove")}
      tone="danger"
      onConfirm={() => save.mutate({ shopId: shop.id, kind: channel.kind, enabled: false, settings: channel.settings, secret: null })}
      pending={save.isPending}
      error={save.error ? errorText(save.error) : null}
    />
  );
}
