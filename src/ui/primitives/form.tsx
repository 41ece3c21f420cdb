"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { type FieldValues, type UseFormProps, type UseFormReturn, useForm } from "react-hook-form";
import type { z } from "zod";
import { Button } from "./button";
import { cn } from "./class-names";

/** The parts of a zod issue that its sentence is made from. */
type Issue = {
  code?: string;
  input?: unknown;
  origin?: unknown;
  format?: unknown;
  expected?: unknown;
  minimum?: unknown;
  maximum?: unknown;
  divisor?: unknown;
};

const amount = (value: unknown): number => (typeof value === "bigint" || typeof value === "number" ? Number(value) : 0);

/** zod speaks English; forms speak the reader's language. A message that a schema sets itself is left alone. */
export function useIssueText(): (issue: Issue) => string {
  const t = useTranslations("common.validation");
  const missing = (issue: Issue) => issue.input === undefined || issue.input === null || issue.input === "";
  const size = (issue: Issue, end: "Min" | "Max", bound: unknown): string => {
    const values = { minimum: amount(bound), maximum: amount(bound) };
    if (issue.origin === "string") return t(`text${end}`, values);
    if (issue.origin === "array" || issue.origin === "set") return t(`list${end}`, values);
    return t(`number${end}`, values);
  };
  return (issue) => {
    if (missing(issue)) return t("required");
    switch (issue.code) {
      case "too_small":
        return size(issue, "Min", issue.minimum);
      case "too_big":
        return size(issue, "Max", issue.maximum);
      case "invalid_type":
        return issue.expected === "number" ? t("number") : issue.expected === "int" ? t("integer") : t("invalid");
      case "invalid_value":
        return t("choice");
      case "not_multiple_of":
        return t("multiple", { divisor: amount(issue.divisor) });
      case "invalid_format":
        return issue.format === "email" ? t("email") : issue.format === "url" ? t("url") : t("invalid");
      default:
        return t("invalid");
    }
  };
}

/** A form whose rules are a zod schema: checked when a field is left, then while it is corrected. */
export function useZodForm<Input extends FieldValues, Output>(
  schema: z.ZodType<Output, Input>,
  options: Omit<UseFormProps<Input, unknown, Output>, "resolver"> = {},
): UseFormReturn<Input, unknown, Output> {
  const issueText = useIssueText();
  return useForm<Input, unknown, Output>({
    mode: "onTouched",
    ...options,
    resolver: zodResolver(schema, { error: issueText }),
  });
}

type FormShellProps<Input extends FieldValues, Output> = {
  form: UseFormReturn<Input, unknown, Output>;
  onSubmit: (values: Output) => void;
  /** The server's answer to the last attempt, translated (`useErrorText`). Always passed, so that no failure is silent. */
  submitError: string | null;
  /** While the server works: the button is busy and a second submit is ignored. */
  pending: boolean;
  submitLabel: ReactNode;
  children: ReactNode;
  /** Further buttons left of the submit button. */
  secondary?: ReactNode;
  submitVariant?: "primary" | "danger";
  /** Why it cannot be saved now, such as a missing permission. */
  disabledReason?: ReactNode;
  className?: string;
};

export function FormShell<Input extends FieldValues, Output>(props: FormShellProps<Input, Output>) {
  const t = useTranslations("common.form");
  const { form, pending } = props;
  const submit = form.handleSubmit((values) => {
    if (!pending && !props.disabledReason) props.onSubmit(values);
  });
  const problems = form.formState.submitCount > 0 ? Object.keys(form.formState.errors).length : 0;
  return (
    // post: a submit before hydration must never put what was typed (passwords) into the address.
    <form noValidate method="post" onSubmit={(event) => void submit(event)} className={cn("flex min-w-0 flex-col gap-4", props.className)}>
      {props.children}
      <div role="alert" className="text-danger text-sm empty:hidden">
        {props.submitError ?? (problems > 0 ? t("hasErrors", { count: problems }) : null)}
      </div>
      <div className="flex flex-wrap justify-end gap-2">
        {props.secondary}
        <Button type="submit" variant={props.submitVariant ?? "primary"} loading={pending} disabledReason={props.disabledReason}>
          {props.submitLabel}
        </Button>
      </div>
    </form>
  );
}
