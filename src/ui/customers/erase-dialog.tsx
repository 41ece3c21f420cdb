"use client";

import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useId } from "react";
import { Controller } from "react-hook-form";
import { z } from "zod";
import { unlessStepUp, useStepUp } from "../auth/step-up";
import { useErrorText } from "../error-text";
import { formatMoney } from "../format";
import { Checkbox } from "../primitives/choice";
import { Code } from "../primitives/code";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { FormShell, useZodForm } from "../primitives/form";
import { Input } from "../primitives/input";
import { Skeleton } from "../primitives/skeleton";
import { ErrorState, Notice } from "../primitives/states";
import { toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";

type EraseDialogProps = { customerId: string; open: boolean; onOpenChange: (open: boolean) => void };

/** Erases a person for good: says what goes and what stays, and wants the customer's number and the password. */
export function EraseDialog({ open, onOpenChange, customerId }: EraseDialogProps) {
  const t = useTranslations("customers.privacy");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("title")} description={t("description")}>
      {open && <Loaded customerId={customerId} onDone={() => onOpenChange(false)} />}
    </Dialog>
  );
}

function Loaded({ customerId, onDone }: { customerId: string; onDone: () => void }) {
  const shop = useShop();
  const preview = trpc.privacy.erasePreview.useQuery({ shopId: shop.id, customerId }, { staleTime: 0 });
  if (preview.error) return <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />;
  return preview.data ? <EraseForm customerId={customerId} preview={preview.data} onDone={onDone} /> : <Skeleton className="h-40" />;
}

type EraseFormProps = { customerId: string; preview: RouterOutput["privacy"]["erasePreview"]; onDone: () => void };

function EraseForm({ customerId, preview, onDone }: EraseFormProps) {
  const t = useTranslations("customers.privacy");
  const locale = useLocale();
  const shop = useShop();
  const router = useRouter();
  const utils = trpc.useUtils();
  const run = useStepUp();
  const errorText = useErrorText();
  const problemId = useId();
  const erase = trpc.privacy.erase.useMutation();
  const hasCredit = preview.credit.length > 0;
  const schema = z.object({
    confirm: z
      .string()
      .trim()
      .refine((value) => value === preview.externalId.trim(), t("confirmWrong")),
    keepCredit: z.boolean().refine((value) => value || !hasCredit, t("keepMissing")),
  });
  const form = useZodForm(schema, { defaultValues: { confirm: "", keepCredit: false } });
  const { errors } = form.formState;
  const submit = async ({ keepCredit }: z.output<typeof schema>) => {
    // A failure stands in the form (erase.error).
    const answer = await run(() => erase.mutateAsync({ shopId: shop.id, customerId, keepCredit })).catch(() => undefined);
    if (answer === undefined) return;
    await utils.invalidate();
    toastSuccess(t("done"));
    onDone();
    router.refresh();
  };
  const failed = unlessStepUp(erase.error);
  return (
    <FormShell
      form={form}
      onSubmit={(values) => void submit(values)}
      pending={erase.isPending}
      submitError={failed ? errorText(failed) : null}
      submitLabel={t("submit")}
      submitVariant="danger"
    >
      <ul className="flex list-disc flex-col gap-1.5 pl-5 text-sm">
        {(["gone", "stays", "messages"] as const).map((line) => (
          <li key={line}>{t(line)}</li>
        ))}
        {preview.newNumber !== null && <li>{t("newNumber", { number: preview.newNumber, credit: hasCredit ? "yes" : "no" })}</li>}
        {preview.staysSuppressed && <li>{t("suppressed")}</li>}
      </ul>
      {hasCredit && (
        <Notice
          tone="warning"
          title={t("credit", { amount: preview.credit.map(({ amount, unit }) => formatMoney(amount, unit, locale)).join(", ") })}
        >
          {preview.newNumber === null && `${t("creditText")} `}
          {t("creditEnd")}
        </Notice>
      )}
      {hasCredit && (
        <Controller
          control={form.control}
          name="keepCredit"
          render={({ field }) => (
            <div className="flex flex-col gap-1">
              <Checkbox
                label={t(preview.newNumber === null ? "keep" : "keepNew")}
                checked={field.value}
                onCheckedChange={field.onChange}
                aria-invalid={errors.keepCredit ? true : undefined}
                aria-describedby={errors.keepCredit && problemId}
              />
              {errors.keepCredit && (
                <p id={problemId} className="text-danger text-xs">
                  {errors.keepCredit.message}
                </p>
              )}
            </div>
          )}
        />
      )}
      <Field label={t("confirm")} required error={errors.confirm?.message} hint={<Code>{preview.externalId}</Code>}>
        {(control) => <Input {...control} {...form.register("confirm")} autoComplete="off" />}
      </Field>
    </FormShell>
  );
}
