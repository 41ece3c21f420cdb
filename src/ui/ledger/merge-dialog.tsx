"use client";

import { useLocale, useTranslations } from "next-intl";
import { Controller, useWatch } from "react-hook-form";
import { z } from "zod";
import { customerName } from "@/server/customers/schema";
import { reasonSchema } from "@/server/ledger/schema";
import { formatMoney } from "../format";
import { Combobox } from "../primitives/combobox";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { FormShell, useZodForm } from "../primitives/form";
import { Input } from "../primitives/input";
import { Notice } from "../primitives/states";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { PreviewBox } from "./preview-box";
import { useOperation } from "./use-operation";

const formSchema = z.object({ from: z.uuid(), reason: reasonSchema });
type MergeDialogProps = { customerId: string; open: boolean; onOpenChange: (open: boolean) => void };

/** Brings another customer's credit to this one. Cannot be undone, so it shows exactly what moves and asks for the password. */
export function MergeDialog({ customerId, open, onOpenChange }: MergeDialogProps) {
  const t = useTranslations("ledger.people.merge");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("title")} description={t("description")}>
      {open && <MergeForm customerId={customerId} onDone={() => onOpenChange(false)} />}
    </Dialog>
  );
}

function MergeForm({ customerId, onDone }: { customerId: string; onDone: () => void }) {
  const t = useTranslations("ledger.people.merge");
  const common = useTranslations("ledger.people");
  const shop = useShop();
  const utils = trpc.useUtils();
  const form = useZodForm(formSchema, { defaultValues: { from: "", reason: "" } });
  const { errors } = form.formState;
  const from = useWatch({ control: form.control, name: "from" });
  const operation = useOperation(trpc.ledger.merge.useMutation(), () => t("done"), onDone);
  const search = async (query: string, signal: AbortSignal) => {
    const { rows } = await utils.client.customers.list.query({ shopId: shop.id, search: query, limit: 20 }, { signal });
    return rows
      .filter((row) => row.id !== customerId)
      .map((row) => ({ value: row.id, label: `${customerName(row)} (${row.externalId})`, description: row.email ?? undefined }));
  };
  return (
    <FormShell
      form={form}
      onSubmit={(values) =>
        void operation.send((key) => ({
          shopId: shop.id,
          fromCustomerId: values.from,
          intoCustomerId: customerId,
          reason: values.reason,
          key,
        }))
      }
      pending={operation.pending}
      submitError={operation.error}
      submitLabel={t("submit")}
      submitVariant="danger"
    >
      <Field label={t("from")} required error={errors.from?.message} hint={t("fromHint")}>
        {(control) => (
          <Controller
            control={form.control}
            name="from"
            render={({ field }) => (
              <Combobox {...control} search={search} value={field.value || null} onValueChange={(value) => field.onChange(value ?? "")} />
            )}
          />
        )}
      </Field>
      <Field label={common("reason")} required error={errors.reason?.message} hint={common("reasonHint")}>
        {(control) => <Input {...control} {...form.register("reason")} maxLength={500} />}
      </Field>
      {from && <MergePreview from={from} into={customerId} />}
      <Notice tone="warning" title={t("final")} />
    </FormShell>
  );
}

function MergePreview({ from, into }: { from: string; into: string }) {
  const t = useTranslations("ledger.people.merge");
  const locale = useLocale();
  const shop = useShop();
  const preview = trpc.ledger.mergePreview.useQuery(
    { shopId: shop.id, fromCustomerId: from, intoCustomerId: into },
    { staleTime: 0, retry: false },
  );
  const lines = preview.data?.units.flatMap(({ unit, moved, held, recalled, debt }) => {
    const money = (amount: bigint) => formatMoney(amount, unit, locale);
    return [
      ...(moved > 0n ? [t("moved", { amount: money(moved) })] : []),
      ...(held > 0n ? [t("held", { amount: money(held) })] : []),
      ...(debt > 0n ? [t("debt", { amount: money(debt) })] : []),
      ...(recalled > 0n ? [t("recalled", { amount: money(recalled) })] : []),
    ];
  });
  const told = lines && [...(lines.length > 0 ? lines : [t("nothing")]), t("later")];
  return <PreviewBox lines={told} error={preview.error} busy={preview.isFetching} />;
}
