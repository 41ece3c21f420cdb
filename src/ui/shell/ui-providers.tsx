"use client";

import { useTranslations } from "next-intl";
import { ThemeProvider, useTheme } from "next-themes";
import type { ReactNode } from "react";
import { Toaster } from "sonner";
import { TooltipProvider } from "../primitives/tooltip";

/** What every page needs in the browser: theme, tooltips, toasts. `nonce` lets the theme's script run before anything is painted. */
export function UiProviders({ nonce, children }: { nonce: string | undefined; children: ReactNode }) {
  return (
    <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange nonce={nonce}>
      <TooltipProvider>
        {children}
        <ThemedToaster />
      </TooltipProvider>
    </ThemeProvider>
  );
}

const TOAST_CLASSES = {
  toast: "flex w-full items-start gap-3 rounded-lg border border-line bg-raised px-4 py-3 font-sans text-sm text-ink shadow-raised sm:w-90",
  title: "font-medium",
  description: "mt-0.5 text-muted",
  content: "min-w-0 flex-1",
  icon: "mt-0.5 [&>svg]:size-4",
  success: "[&_[data-icon]]:text-accent",
  error: "[&_[data-icon]]:text-danger",
  warning: "[&_[data-icon]]:text-warning",
  info: "[&_[data-icon]]:text-info",
  actionButton: "shrink-0 rounded-md border border-line-strong px-2 py-1 text-xs font-medium text-ink hover:bg-hover",
  closeButton: "order-last shrink-0 text-faint hover:text-ink",
};

function ThemedToaster() {
  const { theme } = useTheme();
  const t = useTranslations("shell");
  return (
    <Toaster
      theme={theme === "dark" || theme === "light" ? theme : "system"}
      position="bottom-right"
      containerAriaLabel={t("notifications")}
      toastOptions={{ unstyled: true, classNames: TOAST_CLASSES, closeButtonAriaLabel: t("dismiss") }}
    />
  );
}
