"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { errorCode, useErrorText } from "../error-text";
import { Button } from "./button";
import { cn } from "./class-names";

type EmptyStateProps = { title: ReactNode; text: ReactNode; action?: ReactNode; icon?: ReactNode; className?: string };

/** Nothing here yet, and what to do about it. */
export function EmptyState({ title, text, action, icon, className }: EmptyStateProps) {
  return (
    <div className={cn("flex flex-col items-center px-4 py-12 text-center", className)}>
      {icon && <div className="mb-3 text-faint [&>svg]:size-6">{icon}</div>}
      <p className="font-medium text-base text-ink">{title}</p>
      <p className="mt-1 max-w-md text-balance text-muted text-sm">{text}</p>
      {action && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** Something failed. Says what in the reader's language and offers to try again. */
export function ErrorState({ error, onRetry, className }: { error: unknown; onRetry: (() => void) | null; className?: string }) {
  const t = useTranslations("common");
  const errorText = useErrorText();
  return (
    <div role="alert" className={cn("flex flex-col items-center px-4 py-12 text-center", className)}>
      <p className="font-medium text-base text-ink">{t("error.title")}</p>
      <p className="mt-1 max-w-md text-balance text-muted text-sm">{errorText(error)}</p>
      {onRetry && (
        <div className="mt-4">
          <TryAgain error={error} onRetry={onRetry} />
        </div>
      )}
    </div>
  );
}

/** The way on after a failure: once more, or to the sign-in and back here where that is what failed. */
export function TryAgain({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const t = useTranslations("common.actions");
  if (errorCode(error) !== "UNAUTHENTICATED") return <Button onClick={onRetry}>{t("retry")}</Button>;
  const signIn = () => window.location.assign(`/login?next=${encodeURIComponent(window.location.pathname + window.location.search)}`);
  return (
    <Button variant="primary" onClick={signIn}>
      {t("signIn")}
    </Button>
  );
}

const NOTICE = {
  info: "border-info/30 bg-info-soft text-info",
  warning: "border-warning/30 bg-warning-soft text-warning",
  danger: "border-danger/30 bg-danger-soft text-danger",
  accent: "border-accent/30 bg-accent-soft text-accent",
};

type NoticeProps = { tone: keyof typeof NOTICE; title: ReactNode; children?: ReactNode; action?: ReactNode; className?: string };

/** A message that belongs to the page and stays: a warning, a result, something that needs doing. */
export function Notice({ tone, title, children, action, className }: NoticeProps) {
  return (
    <div
      role={tone === "danger" ? "alert" : "status"}
      className={cn("flex flex-wrap items-start justify-between gap-3 rounded-lg border px-4 py-3", NOTICE[tone], className)}
    >
      <div className="min-w-0">
        <p className="font-medium text-sm">{title}</p>
        {children && <div className="mt-0.5 text-ink text-sm">{children}</div>}
      </div>
      {action}
    </div>
  );
}
