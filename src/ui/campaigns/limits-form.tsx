"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, type ReactNode, useState } from "react";
import { useErrorText } from "../error-text";
import { MoneyField } from "../primitives/amount-field";
import { Button } from "../primitives/button";
import { Field } from "../primitives/field";
import { toastSuccess } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { DaysField } from "./builder/days-field";
import { daysOf } from "./builder/money-text";
import type { Policy } from "./limits-page";

const MOST_DAYS = 365;
const MINOR = /^\d{1,15}$/;
const textOf = (minor: bigint | null | undefined): string => (minor === null || minor === undefined ? "" : minor.toString());
/** "" is no limit; undefined is not an amount yet. */
const minorOf = (text: string): bigint | null | undefined => (text === "" ? null : MINOR.test(text) ? BigInt(text) : undefined);

type Amounts = "approvalFrom" | "secondApprovalFrom" | "monthCap" | "customerCap";

/** From which cost on somebody else must agree, and what may be granted in a month and to a person. */
export function LimitsForm({ policy }: { policy: Policy }) {
  const t = useTranslations("approvals.limits");
  const v = useTranslations("common.validation");
  const shop = useShop();
  const mayEdit = shop.can("shop.manage");
  const [texts, setTexts] = useState<Record<Amounts, string>>({
    approvalFrom: textOf(policy.approvalFrom),
    secondApprovalFrom: textOf(policy.secondApprovalFrom),
    monthCap: textOf(policy.monthCap),
    customerCap: textOf(policy.customerCap),
  });
  const [customerDays, setCustomerDays] = useState(String(policy.customerDays));
  const save = useSaved(trpc.campaigns.setPolicy.useMutation);
  const amounts = {
    approvalFrom: minorOf(texts.approvalFrom),
    secondApprovalFrom: minorOf(texts.secondApprovalFrom),
    monthCap: minorOf(texts.monthCap),
    customerCap: minorOf(texts.customerCap),
  };
  const { approvalFrom, secondApprovalFrom, monthCap, customerCap } = amounts;
  const days = daysOf(customerDays, MOST_DAYS);
  const noDays = texts.customerCap !== "" && days === null;
  // A cap of nothing would be read as none: whoever wants nothing granted stops the shop.
  const wrong = Object.values(amounts).includes(undefined) || customerCap === 0n || noDays;
  const order = approvalFrom != null && secondApprovalFrom != null && secondApprovalFrom < approvalFrom;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wrong && !order)
      save.mutate({
        shopId: shop.id,
        approvalFrom,
        secondApprovalFrom,
        monthCap,
        customerCap,
        ...(days === null ? {} : { customerDays: days }),
      });
  };
  const errorOf = (name: Amounts): string | undefined => {
    if (amounts[name] === undefined) return v("invalid");
    if (name === "customerCap" && customerCap === 0n) return t("capZero");
    return name === "secondApprovalFrom" && order ? t("order") : undefined;
  };
  const field = (name: Amounts) => (
    <Field label={t(name)} hint={t(`${name}Hint`)} error={errorOf(name)}>
      {(control) => (
        <MoneyField
          {...control}
          unit={policy.unit}
          disabled={!mayEdit}
          value={texts[name]}
          onValueChange={(minor) => setTexts({ ...texts, [name]: minor })}
        />
      )}
    </Field>
  );
  return (
    <Shell onSubmit={submit} error={save.error} pending={save.isPending} mayEdit={mayEdit}>
      <p className="text-muted text-sm">{t("approvers", { count: policy.approvers })}</p>
      <div className="grid gap-4 sm:grid-cols-2">
        {field("approvalFrom")}
        {field("secondApprovalFrom")}
        {field("monthCap")}
        {field("customerCap")}
        {texts.customerCap !== "" && mayEdit && (
          <DaysField label={t("customerDays")} value={customerDays} max={MOST_DAYS} onChange={setCustomerDays} />
        )}
      </div>
    </Shell>
  );
}

/** The month's budget of all shops of the organisation that share the currency. */
export function OrganisationForm({ policy }: { policy: Policy }) {
  const t = useTranslations("approvals.limits");
  const v = useTranslations("common.validation");
  const shop = useShop();
  const [text, setText] = useState(textOf(policy.organisation?.monthCap));
  const save = useSaved(trpc.campaigns.setOrganisationBudget.useMutation);
  const monthCap = minorOf(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (monthCap !== undefined) save.mutate({ shopId: shop.id, unit: policy.unit, monthCap });
  };
  return (
    <Shell onSubmit={submit} error={save.error} pending={save.isPending} mayEdit>
      <Field label={t("organisationCap")} hint={t("organisationCapHint")} error={monthCap === undefined ? v("invalid") : undefined}>
        {(control) => <MoneyField {...control} unit={policy.unit} value={text} onValueChange={setText} />}
      </Field>
    </Shell>
  );
}

/** A mutation that shows its success and lets every page read the guard rails again. */
function useSaved<Mutation>(useMutation: (options: { onSuccess: () => void }) => Mutation): Mutation {
  const t = useTranslations("approvals.limits");
  const utils = trpc.useUtils();
  return useMutation({
    onSuccess: () => {
      toastSuccess(t("saved"));
      void utils.campaigns.policy.invalidate();
      void utils.roi.simulate.invalidate();
    },
  });
}

type ShellProps = { onSubmit: (event: FormEvent) => void; error: unknown; pending: boolean; mayEdit: boolean; children: ReactNode };

function Shell({ onSubmit, error, pending, mayEdit, children }: ShellProps) {
  const common = useTranslations("common.actions");
  const errorText = useErrorText();
  return (
    <form method="post" noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
      {children}
      {error ? (
        <p role="alert" className="text-danger text-sm">
          {errorText(error)}
        </p>
      ) : null}
      {mayEdit && (
        <div className="flex justify-end">
          <Button type="submit" variant="primary" loading={pending}>
            {common("save")}
          </Button>
        </div>
      )}
    </form>
  );
}
