"use client";

import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { Button, ButtonLink } from "../primitives/button";

/** A page that failed to render: what happened, a way to try again and a way back. */
export function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations("errors.pages");
  const common = useTranslations("common");
  useEffect(() => console.error(error), [error]);
  return (
    <div role="alert" className="flex min-h-[60dvh] flex-col items-center justify-center px-4 text-center">
      <h1 className="font-semibold text-xl">{t("errorTitle")}</h1>
      <p className="mt-1 max-w-md text-balance text-muted text-sm">{t("errorText")}</p>
      {error.digest && <p className="tabular mt-2 text-faint text-xs">{common("error.reference", { digest: error.digest })}</p>}
      <div className="mt-5 flex gap-2">
        <ButtonLink href="/">{t("home")}</ButtonLink>
        <Button variant="primary" onClick={reset}>
          {common("actions.retry")}
        </Button>
      </div>
    </div>
  );
}
