"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { resumeReasonSchema, type StopCause } from "@/server/notifications/schema";
import { useErrorText } from "../error-text";
import { formatNumber } from "../format";
import { Button } from "../primitives/button";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { Textarea } from "../primitives/input";
import { Notice } from "../primitives/states";
import { toastSuccess } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

const BUSY_MS = 60_000;

/** While complaints or dead addresses hold the shop's marketing e-mail back, every page about messages says so, and who may can let it go on. */
export function StopNotice() {
  const t = useTranslations("messages.stop");
  const locale = useLocale();
  const shop = useShop();
  const [asking, setAsking] = useState(false);
  const allowed = shop.can("message.read");
  const query = trpc.messages.stop.get.useQuery({ shopId: shop.id }, { enabled: allowed, refetchInterval: BUSY_MS });
  const stop = query.data;
  if (!stop) return null;
  return (
    <Notice
      tone="danger"
      title={t(`${stop.cause}.title`)}
      action={
        <Button
          size="sm"
          disabledReason={shop.can("shop.manage") ? undefined : t("readOnly")}
          onClick={() => setAsking(true)}
          className="shrink-0"
        >
          {t("resume")}
        </Button>
      }
    >
      <p className="max-w-prose">
        {t.rich(`${stop.cause}.counted`, {
          counted: formatNumber(stop.counted, locale),
          sent: formatNumber(stop.sent, locale),
          since: () => <Timestamp at={stop.since} show="date" />,
          at: () => <Timestamp at={stop.stoppedAt} />,
        })}{" "}
        {t(`${stop.cause}.text`)} {t("waiting", { count: stop.waiting })}
      </p>
      {asking && <ResumeDialog id={stop.id} cause={stop.cause} onClose={() => setAsking(false)} />}
    </Notice>
  );
}

function ResumeDialog({ id, cause, onClose }: { id: string; cause: StopCause; onClose: () => void }) {
  const t = useTranslations("messages.stop");
  const common = useTranslations("common.actions");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const resume = trpc.messages.stop.resume.useMutation({
    onSuccess: async () => {
      toastSuccess(t("resumed"));
      await utils.messages.invalidate();
    },
  });
  const missing = !resumeReasonSchema.safeParse(reason).success;
  const submit = () => {
    setTried(true);
    if (!missing && !resume.isPending) resume.mutate({ shopId: shop.id, id, reason });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("resumeTitle")}
      description={t(`${cause}.resumeText`)}
      footer={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button variant="primary" loading={resume.isPending} onClick={submit}>
            {t("resumeConfirm")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label={t("reason")} hint={t("reasonHint")} error={tried && missing ? t("reasonMissing") : undefined} required>
          {(control) => (
            <Textarea {...control} rows={3} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
        {resume.error && (
          <p role="alert" className="text-danger text-sm">
            {errorText(resume.error)}
          </p>
        )}
      </div>
    </Dialog>
  );
}
