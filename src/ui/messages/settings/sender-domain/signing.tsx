"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { RETIRED_DAYS } from "@/server/notifications/sender-domain/schema";
import { useErrorText } from "../../../error-text";
import { StatusBadge } from "../../../primitives/badge";
import { Button } from "../../../primitives/button";
import { Card, Section } from "../../../primitives/card";
import { Code } from "../../../primitives/code";
import { ConfirmDialog } from "../../../primitives/dialog";
import { toastError, toastSuccess } from "../../../primitives/toast";
import { Timestamp } from "../../../primitives/values";
import { useShop } from "../../../shell/shop-context";
import { trpc } from "../../../trpc";
import { DnsRecordLines } from "./dns-record";
import type { View } from "./sender-domain";

type Key = View["keys"][number];
type Props = { view: View; domain: string; onView: (view: View) => void };

/** The keys e-mails are signed with: make one, publish it, turn it on, change it, end it. */
export function Signing(props: Props) {
  const t = useTranslations("senderDomain.signing");
  const { keys } = props.view;
  const active = keys.find(({ state }) => state === "active");
  const pending = keys.find(({ state }) => state === "pending");
  const retired = keys.filter(({ state }) => state === "retired");
  return (
    <Section
      level={3}
      title={
        <span className="inline-flex flex-wrap items-center gap-2">
          {t("title")} <StatusBadge tone={active ? "accent" : "neutral"}>{t(active ? "on" : "off")}</StatusBadge>
        </span>
      }
      description={t("text")}
    >
      <Card flush>
        <div className="divide-y divide-line">
          {active ? <ActiveKey {...props} active={active} next={pending !== undefined} /> : !pending && <NoKey {...props} />}
          {pending && <PendingKey {...props} pending={pending} first={active === undefined} />}
          {retired.length > 0 && <RetiredKeys keys={retired} />}
        </div>
      </Card>
    </Section>
  );
}

/** A press that changes keys, with what it says when it went well. */
function useAct(onView: (view: View) => void, done: string) {
  const errorText = useErrorText();
  return {
    onSuccess: (view: View) => {
      toastSuccess(done);
      onView(view);
    },
    onError: (error: unknown) => void toastError(errorText(error)),
  };
}

function CreateButton({ onView, label, primary }: Pick<Props, "onView"> & { label: string; primary: boolean }) {
  const t = useTranslations("senderDomain");
  const shop = useShop();
  const create = trpc.messages.senderDomain.createKey.useMutation(useAct(onView, t("signing.created")));
  return (
    <Button
      size="sm"
      variant={primary ? "primary" : "secondary"}
      loading={create.isPending}
      disabledReason={shop.can("shop.manage") ? undefined : t("readOnly")}
      onClick={() => create.mutate({ shopId: shop.id })}
    >
      {label}
    </Button>
  );
}

function NoKey({ domain, onView }: Props) {
  const t = useTranslations("senderDomain.signing");
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 p-4">
      <p className="min-w-0 text-muted text-sm [overflow-wrap:anywhere]">{t("none", { domain })}</p>
      <CreateButton onView={onView} label={t("create")} primary />
    </div>
  );
}

function ActiveKey({ domain, onView, active, next }: Props & { active: Key; next: boolean }) {
  const t = useTranslations("senderDomain.signing");
  const page = useTranslations("senderDomain");
  const shop = useShop();
  const errorText = useErrorText();
  const [asking, setAsking] = useState(false);
  const stop = trpc.messages.senderDomain.stopSigning.useMutation({
    onSuccess: (view) => {
      toastSuccess(t("stopped"));
      setAsking(false);
      onView(view);
    },
  });
  const mayManage = shop.can("shop.manage");
  return (
    <div className="flex min-w-0 flex-col gap-3 p-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 text-ink text-sm">
          {t.rich("active", { selector: active.selector, at: () => <Timestamp at={active.activatedAt ?? active.createdAt} /> })}
        </p>
        <div className="flex flex-wrap gap-2">
          {!next && <CreateButton onView={onView} label={t("rotate")} primary={false} />}
          <Button size="sm" variant="ghost" disabledReason={mayManage ? undefined : page("readOnly")} onClick={() => setAsking(true)}>
            {t("stop")}
          </Button>
        </div>
      </div>
      <details className="text-muted text-xs">
        <summary className="w-fit cursor-pointer rounded text-muted hover:text-ink">{t("show")}</summary>
        <div className="min-w-0 pt-3">
          <DnsRecordLines record={active.record} strings={active.strings} />
        </div>
      </details>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("stopTitle")}
        description={t("stopText", { domain })}
        confirmLabel={t("stop")}
        tone="danger"
        onConfirm={() => stop.mutate({ shopId: shop.id, id: active.id })}
        pending={stop.isPending}
        error={stop.error ? errorText(stop.error) : null}
      />
    </div>
  );
}

function PendingKey({ onView, pending, first }: Props & { pending: Key; first: boolean }) {
  const t = useTranslations("senderDomain.signing");
  const page = useTranslations("senderDomain");
  const shop = useShop();
  const errorText = useErrorText();
  const [asking, setAsking] = useState(false);
  const activate = trpc.messages.senderDomain.activateKey.useMutation(useAct(onView, t("activated")));
  const discard = trpc.messages.senderDomain.discardKey.useMutation({
    onSuccess: (view) => {
      toastSuccess(t("discarded"));
      setAsking(false);
      onView(view);
    },
  });
  const reason = shop.can("shop.manage") ? undefined : page("readOnly");
  return (
    <div className="flex min-w-0 flex-col gap-3 p-4">
      <div className="min-w-0">
        <p className="font-medium text-ink text-sm">{t("pending", { selector: pending.selector })}</p>
        <p className="mt-0.5 max-w-prose text-muted text-sm">{t(first ? "pendingFirst" : "pendingNext")}</p>
      </div>
      <DnsRecordLines record={pending.record} strings={pending.strings} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button size="sm" variant="ghost" disabledReason={reason} onClick={() => setAsking(true)}>
          {t("discard")}
        </Button>
        <Button
          size="sm"
          variant="primary"
          loading={activate.isPending}
          disabledReason={reason}
          onClick={() => activate.mutate({ shopId: shop.id, id: pending.id })}
        >
          {t(first ? "activate" : "activateNext")}
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("discardTitle", { selector: pending.selector })}
        description={t("discardText")}
        confirmLabel={t("discard")}
        tone="danger"
        onConfirm={() => discard.mutate({ shopId: shop.id, id: pending.id })}
        pending={discard.isPending}
        error={discard.error ? errorText(discard.error) : null}
      />
    </div>
  );
}

const mayGo = (retiredAt: Date): Date => new Date(retiredAt.getTime() + RETIRED_DAYS * 86_400_000);

function RetiredKeys({ keys }: { keys: readonly Key[] }) {
  const t = useTranslations("senderDomain.signing");
  return (
    <div className="flex min-w-0 flex-col gap-1.5 p-4">
      <p className="font-medium text-ink text-sm">{t("retired")}</p>
      <ul className="flex min-w-0 flex-col gap-1 text-muted text-sm">
        {keys.map((key) => (
          <li key={key.id} className="[overflow-wrap:anywhere]">
            {t.rich("retiredText", {
              name: () => <Code>{key.record.name}</Code>,
              at: () => <Timestamp at={mayGo(key.retiredAt ?? key.createdAt)} show="date" />,
            })}
          </li>
        ))}
      </ul>
    </div>
  );
}
