"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { Dialog as Radix, AlertDialog as RadixAlert } from "radix-ui";
import { type ReactNode, useId, useState } from "react";
import { Button, IconButton } from "./button";
import { cn } from "./class-names";
import { Input } from "./input";

const OVERLAY = "fixed inset-0 z-40 animate-fade-in bg-overlay";
const PANEL =
  "fixed z-50 flex max-h-[calc(100dvh-2rem)] flex-col rounded-lg border border-line bg-raised shadow-raised inset-x-4 top-1/2 mx-auto -translate-y-1/2 animate-fade-in outline-none";

/**
 * Radix would start at the close button, whose tooltip then covers the title. A form starts at its first field; anything else at
 * the panel itself, so that a screen reader reads title and description.
 */
function focusStart(event: Event) {
  const panel = event.currentTarget;
  if (!(panel instanceof HTMLElement)) return;
  event.preventDefault();
  const field = panel.querySelector<HTMLElement>(
    "input:not([type=hidden]):not(:disabled), textarea:not(:disabled), select:not(:disabled), [role=combobox]",
  );
  (field ?? panel).focus();
}

type OverlayProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** One sentence below the title; null where the title says it all. */
  description: ReactNode | null;
  children: ReactNode;
  /** Buttons, most important last. */
  footer?: ReactNode;
};

const WIDTH = { sm: "max-w-sm", md: "max-w-lg", lg: "max-w-3xl" };

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  size = "md",
}: OverlayProps & { size?: keyof typeof WIDTH }) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={OVERLAY} />
        <Radix.Content
          onOpenAutoFocus={focusStart}
          className={cn(PANEL, WIDTH[size])}
          {...(description === null ? { "aria-describedby": undefined } : {})}
        >
          <Head title={title} description={description} />
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
          {footer && <Foot>{footer}</Foot>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** A panel at the side: details and forms that belong to the list behind them. Fills the screen at phone width. */
export function Sheet({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  side = "right",
  wide = false,
}: OverlayProps & { side?: "left" | "right"; wide?: boolean }) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={OVERLAY} />
        <Radix.Content
          onOpenAutoFocus={focusStart}
          className={cn(
            "fixed inset-y-0 z-50 flex w-full flex-col border-line bg-raised shadow-raised outline-none",
            wide ? "sm:max-w-[calc(100vw-3rem)] lg:w-272" : "sm:w-120",
            side === "right" ? "right-0 animate-slide-in-right sm:border-l" : "left-0 animate-slide-in-left sm:border-r",
          )}
          {...(description === null ? { "aria-describedby": undefined } : {})}
        >
          <Head title={title} description={description} />
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
          {footer && <Foot>{footer}</Foot>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Head({ title, description }: Pick<OverlayProps, "title" | "description">) {
  const t = useTranslations("common.actions");
  return (
    <div className="flex items-start gap-3 px-5 pt-4 pb-3">
      <div className="min-w-0 flex-1">
        <Radix.Title className="font-semibold text-base text-ink">{title}</Radix.Title>
        {description !== null && <Radix.Description className="mt-0.5 text-muted text-sm">{description}</Radix.Description>}
      </div>
      <Radix.Close asChild>
        <IconButton label={t("close")} size="sm">
          <X aria-hidden />
        </IconButton>
      </Radix.Close>
    </div>
  );
}

const Foot = ({ children }: { children: ReactNode }) => (
  <div className="flex flex-wrap justify-end gap-2 border-line border-t px-5 py-3">{children}</div>
);

type ConfirmDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will happen, and whether it can be undone. */
  description: ReactNode;
  confirmLabel: string;
  /** What keeps everything as it is; "Cancel" unless that could be mistaken for the deed. */
  cancelLabel?: string | undefined;
  /** The dialog stays open and busy until the promise settles; the caller closes it on success. */
  onConfirm: () => void;
  pending: boolean;
  /** What went wrong with the last attempt. Always passed, so that a failure is never silent. */
  error: string | null;
  tone?: "danger" | "normal";
  /** For what cannot be undone: this text has to be typed. */
  phrase?: string;
  children?: ReactNode;
};

/** A question before something that matters. The focus starts on „Abbrechen“. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const t = useTranslations("common");
  const [typed, setTyped] = useState("");
  const inputId = useId();
  const ready = props.phrase === undefined || typed.trim() === props.phrase;
  const openChange = (open: boolean) => {
    if (!open) setTyped("");
    props.onOpenChange(open);
  };
  return (
    <RadixAlert.Root open={props.open} onOpenChange={openChange}>
      <RadixAlert.Portal>
        <RadixAlert.Overlay className={OVERLAY} />
        <RadixAlert.Content className={cn(PANEL, WIDTH.sm, "sm:max-w-md")}>
          <div className="flex flex-col gap-2 px-5 pt-4 pb-5">
            <RadixAlert.Title className="font-semibold text-base text-ink">{props.title}</RadixAlert.Title>
            <RadixAlert.Description asChild>
              <div className="text-muted text-sm">{props.description}</div>
            </RadixAlert.Description>
            {props.children}
            {props.phrase !== undefined && (
              <div className="mt-2 flex flex-col gap-1.5">
                <label htmlFor={inputId} className="text-sm">
                  {t.rich("confirm.typeToConfirm", {
                    phrase: props.phrase,
                    code: (chunks) => <strong className="font-semibold">{chunks}</strong>,
                  })}
                </label>
                <Input id={inputId} value={typed} onChange={(event) => setTyped(event.target.value)} />
              </div>
            )}
            {props.error && (
              <p role="alert" className="text-danger text-sm">
                {props.error}
              </p>
            )}
          </div>
          <Foot>
            <RadixAlert.Cancel asChild>
              <Button>{props.cancelLabel ?? t("actions.cancel")}</Button>
            </RadixAlert.Cancel>
            <Button
              variant={props.tone === "danger" ? "danger" : "primary"}
              loading={props.pending}
              disabledReason={
                ready ? undefined : t.rich("confirm.typeToConfirm", { phrase: props.phrase ?? "", code: (chunks) => <b>{chunks}</b> })
              }
              onClick={props.onConfirm}
            >
              {props.confirmLabel}
            </Button>
          </Foot>
        </RadixAlert.Content>
      </RadixAlert.Portal>
    </RadixAlert.Root>
  );
}
