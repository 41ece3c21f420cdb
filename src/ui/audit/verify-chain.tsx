"use client";

import { ShieldCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Code } from "../primitives/code";
import { CopyButton } from "../primitives/copy-button";
import { Notice } from "../primitives/states";
import { trpc } from "../trpc";

type Verify = ReturnType<typeof useVerify>;

/** Recomputes the chain on the server. Checking also chains what was still waiting, so the list is read again. */
export function useVerify() {
  const utils = trpc.useUtils();
  return trpc.audit.verify.useMutation({ onSettled: () => utils.audit.list.invalidate() });
}

export function VerifyButton({ verify, orgId }: { verify: Verify; orgId: string }) {
  const t = useTranslations("audit");
  return (
    <Button loading={verify.isPending} onClick={() => verify.mutate({ orgId })}>
      <ShieldCheck aria-hidden />
      {t("verify")}
    </Button>
  );
}

/** What the last check found. */
export function VerifyResult({ verify }: { verify: Verify }) {
  const t = useTranslations("audit");
  const errorText = useErrorText();
  const result = verify.data;
  if (verify.error) return <Notice tone="danger" title={errorText(verify.error)} />;
  if (!result) return null;
  if (!result.ok) {
    return (
      <Notice tone="danger" title={t("broken", { seq: result.seq })}>
        {t(`problem.${result.problem}`)} {t("checkedBefore", { count: result.checked, entry: result.entryId })}
      </Notice>
    );
  }
  return (
    <Notice tone="accent" title={t("verified", { count: result.checked })}>
      {result.head && (
        <>
          <p>{t("head", { seq: result.head.seq })}</p>
          <span className="mt-1 flex min-w-0 items-center gap-1">
            <Code className="text-xs">{result.head.hash}</Code>
            <CopyButton text={`${result.head.seq} ${result.head.hash}`} label={t("copyHead")} />
          </span>
        </>
      )}
    </Notice>
  );
}
