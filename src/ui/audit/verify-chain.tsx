"use client";

import { ShieldCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Code } from "../primitives/code";
import { CopyButton } from "../primitives/copy-button";
import { Notice } from "../primitives/states";
import { trpc } from "../trpc";

/** Recomputes the chain on the server and says what it found. */
export function VerifyChain({ orgId }: { orgId: string }) {
  const t = useTranslations("audit");
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  // Checking also chains what was still waiting.
  const verify = trpc.audit.verify.useMutation({ onSettled: () => utils.audit.list.invalidate() });
  const result = verify.data;
  return (
    <div className="flex flex-col items-start gap-3">
      <Button loading={verify.isPending} onClick={() => verify.mutate({ orgId })}>
        <ShieldCheck aria-hidden />
        {t("verify")}
      </Button>
      {verify.error && <Notice tone="danger" title={errorText(verify.error)} className="w-full" />}
      {result?.ok && (
        <Notice tone="accent" title={t("verified", { count: result.checked })} className="w-full">
          {result.head && (
            <>
              <p>{t("head", { seq: result.head.seq })}</p>
              <span className="mt-1 flex items-center gap-1">
                <Code className="text-xs">{result.head.hash}</Code>
                <CopyButton text={`${result.head.seq} ${result.head.hash}`} label={t("copyHead")} />
              </span>
            </>
          )}
        </Notice>
      )}
      {result && !result.ok && (
        <Notice tone="danger" title={t("broken", { seq: result.seq })} className="w-full">
          {t(`problem.${result.problem}`)} {t("checkedBefore", { count: result.checked, entry: result.entryId })}
        </Notice>
      )}
    </div>
  );
}
