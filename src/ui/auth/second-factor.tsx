"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { renderSVG } from "uqr";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { CopyButton } from "../primitives/copy-button";
import { ConfirmDialog, Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { Notice } from "../primitives/states";
import { toastError, toastSuccess } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { SecretLine } from "../settings/secret-line";
import { type RouterOutput, trpc } from "../trpc";
import { useStepUp } from "./step-up";

type Status = RouterOutput["auth"]["account"]["secondFactor"];
type Open = { kind: "setUp"; uri: string; secret: string } | { kind: "codes"; codes: string[] } | { kind: "remove" } | null;

/** One-time codes for the own account: set up with an authenticator app, new recovery codes, switch off. */
export function SecondFactor({ status }: { status: Status }) {
  const t = useTranslations("auth.factor");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const stepUp = useStepUp();
  const [open, setOpen] = useState<Open>(null);
  const onError = (error: unknown) => void toastError(errorText(error));
  const begin = trpc.auth.beginSecondFactor.useMutation();
  const renew = trpc.auth.renewRecoveryCodes.useMutation();
  const remove = trpc.auth.removeSecondFactor.useMutation();
  const refresh = () => utils.auth.account.invalidate();
  const show = async (codes: string[]) => {
    setOpen({ kind: "codes", codes });
    await Promise.all([refresh(), utils.auth.sessions.invalidate()]);
  };
  const start = () => stepUp(() => begin.mutateAsync()).then((begun) => begun && setOpen({ kind: "setUp", ...begun }), onError);
  const newCodes = () => stepUp(() => renew.mutateAsync()).then((renewed) => renewed && show(renewed.codes), onError);
  const switchOff = async () => {
    setOpen(null);
    try {
      await stepUp(async () => {
        await remove.mutateAsync();
        toastSuccess(t("removed"));
      });
      await refresh();
    } catch (error) {
      onError(error);
    }
  };
  return (
    <Section title={t("title")} description={t("text")}>
      <Card className="flex flex-wrap items-center justify-between gap-3">
        {status ? (
          <>
            <p className="text-sm">
              {t.rich("on", { since: () => <Timestamp at={status.since} /> })} {t("codesLeft", { count: status.codesLeft })}
            </p>
            <div className="flex gap-2">
              <Button size="sm" loading={renew.isPending} onClick={() => void newCodes()}>
                {t("newCodes")}
              </Button>
              <Button size="sm" variant="danger" loading={remove.isPending} onClick={() => setOpen({ kind: "remove" })}>
                {t("remove")}
              </Button>
            </div>
          </>
        ) : (
          <>
            <p className="text-muted text-sm">{t("off")}</p>
            <Button size="sm" variant="primary" loading={begin.isPending} onClick={() => void start()}>
              {t("setUp")}
            </Button>
          </>
        )}
      </Card>
      {open?.kind === "setUp" && <SetUp uri={open.uri} secret={open.secret} onDone={show} onClose={() => setOpen(null)} />}
      {open?.kind === "codes" && <RecoveryCodes codes={open.codes} onClose={() => setOpen(null)} />}
      {open?.kind === "remove" && (
        <ConfirmDialog
          open
          onOpenChange={() => setOpen(null)}
          title={t("removeTitle")}
          description={t("removeText")}
          confirmLabel={t("remove")}
          pending={remove.isPending}
          error={null}
          onConfirm={() => void switchOff()}
        />
      )}
    </Section>
  );
}

type SetUpProps = { uri: string; secret: string; onDone: (codes: string[]) => Promise<void>; onClose: () => void };

function SetUp({ uri, secret, onDone, onClose }: SetUpProps) {
  const t = useTranslations("auth.factor");
  const common = useTranslations("common");
  const errorText = useErrorText();
  const [code, setCode] = useState("");
  const confirm = trpc.auth.confirmSecondFactor.useMutation({ onSuccess: ({ codes }) => onDone(codes) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code.trim().length >= 6 && !confirm.isPending) confirm.mutate({ code });
  };
  return (
    <Dialog open onOpenChange={onClose} title={t("setUpTitle")} description={t("scan")}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {/* Dark on white in both themes: cameras do not read it the other way round. */}
        <img
          alt={t("qr")}
          className="mx-auto size-48 rounded-md bg-white p-2"
          src={`data:image/svg+xml;utf8,${encodeURIComponent(renderSVG(uri, { border: 1 }))}`}
        />
        <div className="flex flex-col gap-1">
          <p className="text-muted text-sm">{t("byHand")}</p>
          <SecretLine text={secret.replace(/(.{4})(?=.)/g, "$1 ")} copyLabel={t("copySecret")} />
        </div>
        <Field label={t("code")} required error={confirm.error ? errorText(confirm.error) : undefined}>
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={7}
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{common("actions.cancel")}</Button>
          <Button type="submit" variant="primary" loading={confirm.isPending}>
            {t("turnOn")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const t = useTranslations("auth.factor");
  const text = `${codes.join("\n")}\n`;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("codesTitle")}
      description={t("codesText")}
      footer={
        <>
          <a
            className="text-accent text-sm underline-offset-4 hover:underline"
            href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
            download="guthaben-recovery-codes.txt"
          >
            {t("download")}
          </a>
          <Button variant="primary" onClick={onClose}>
            {t("kept")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Notice tone="warning" title={t("once")} />
        <div className="flex items-start justify-between gap-2 rounded-md border border-line bg-hover p-3">
          <ol className="grid grid-cols-1 gap-x-6 gap-y-1 font-mono text-sm sm:grid-cols-2">
            {codes.map((code) => (
              <li key={code}>{code}</li>
            ))}
          </ol>
          <CopyButton text={text} label={t("copyCodes")} />
        </div>
      </div>
    </Dialog>
  );
}
