"use client";

import { useTranslations } from "next-intl";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Card } from "../primitives/card";
import { Progress } from "../primitives/progress";
import { Skeleton } from "../primitives/skeleton";
import { ErrorState, Notice } from "../primitives/states";
import { toastError } from "../primitives/toast";
import { Timestamp } from "../primitives/values";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";

export function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Card>
      <ErrorState error={error} onRetry={onRetry} />
    </Card>
  );
}

export function Waiting() {
  return (
    <div aria-busy className="flex flex-col gap-4">
      <Skeleton className="h-10" />
      <Skeleton className="h-72" />
    </div>
  );
}

type RunLineProps = {
  kind: "rfm" | "prediction";
  at: Date | null;
  running: { runId: string; phase: string | null; progress: number } | null;
  failed: { at: Date } | null;
};

/** When it was last calculated, how far a running calculation is, and the button that starts one. */
export function RunLine({ kind, at, running, failed }: RunLineProps) {
  const t = useTranslations("scoring.run");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const start = trpc.scoring.start.useMutation({
    onSuccess: () => utils.scoring.invalidate(),
    onError: (error) => void toastError(errorText(error)),
  });
  return (
    <div className="flex flex-col gap-3">
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-3">
        <p className="text-muted text-sm">{at ? t.rich("last", { at: () => <Timestamp at={at} /> }) : t("never")}</p>
        {running ? (
          <div className="w-56">
            <Progress value={running.progress / 100} label={t("running")} />
          </div>
        ) : (
          <Button
            size="sm"
            loading={start.isPending}
            disabledReason={shop.can("campaign.write") ? undefined : t("readOnly")}
            onClick={() => start.mutate({ shopId: shop.id, kind })}
          >
            {t("now")}
          </Button>
        )}
      </div>
      {failed && !running && <Notice tone="warning" title={t.rich("failed", { at: () => <Timestamp at={failed.at} /> })} />}
    </div>
  );
}
