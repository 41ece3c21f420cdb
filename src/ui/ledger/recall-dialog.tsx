"use client";

import { useLocale, useTranslations } from "next-intl";
import { z } from "zod";
import { type CreditLot, RECALLABLE_SOURCES, reasonSchema } from "@/server/ledger/schema";
import { formatMoney } from "../format";
import { Dialog } from "../primitives/dialog";
import { Field } from "../primitives/field";
import { FormShell, useZodForm } from "../primitives/form";
import { Input } from "../primitives/input";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { PreviewBox } from "./preview-box";
import { useOperation } from "./use-operation";

const formSchema = z.object({ reason: reasonSchema });
type Source = { sourceType: (typeof RECALLABLE_SOURCES)[number]; sourceId: string };

/** What can be recalled one by one; credit of a campaign is recalled by its campaign. */
export function recallable(lot: CreditLot): Source | null {
  const sourceType = RECALLABLE_SOURCES.find((type) => type === lot.source.type);
  return sourceType && lot.remaining > 0n && lot.state !== "lapsed" ? { sourceType, sourceId: lot.source.id } : null;
}

/** Takes back what is unspent of one grant. */
export function RecallDialog({ customerId, source, onClose }: { customerId: string; source: Source | null; onClose: () => void }) {
  const t = useTranslations("ledger.people.recall");
  return (
    <Dialog open={source !== null} onOpenChange={(open) => !open && onClose()} title={t("title")} description={t("description")}>
      {source && <RecallForm customerId={customerId} source={source} onDone={onClose} />}
    </Dialog>
  );
}

function RecallForm({ customerId, source, onDone }: { customerId: string; source: Source; onDone: () => void }) {
  const t = useTranslations("ledger.people.recall");
  const common = useTranslations("ledger.people");
  const locale = useLocale();
  const shop = useShop();
  const form = useZodForm(formSchema, { defaultValues: { reason: "" } });
  const operation = useOperation(trpc.ledger.recall.useMutation(), (answer) => t("done", { lots: answer.lots }), onDone);
  const preview = trpc.ledger.recallPreview.useQuery({ shopId: shop.id, customerId, ...source }, { staleTime: 0, retry: false });
  const lines = preview.data?.flatMap(({ unit, total, kept, customers }) => [
    t("taken", { amount: formatMoney(total, unit, locale) }),
    ...(kept > 0n ? [t("kept", { amount: formatMoney(kept, unit, locale) })] : []),
    ...(customers > 1 ? [t("customers", { count: customers })] : []),
  ]);
  return (
    <FormShell
      form={form}
      onSubmit={({ reason }) => void operation.send((key) => ({ shopId: shop.id, customerId, ...source, reason, key }))}
      pending={operation.pending}
      submitError={operation.error}
      submitLabel={t("submit")}
      submitVariant="danger"
    >
      <Field label={common("reason")} required error={form.formState.errors.reason?.message} hint={common("reasonHint")}>
        {(control) => <Input {...control} {...form.register("reason")} maxLength={500} />}
      </Field>
      <PreviewBox lines={lines && [...lines, t("later")]} error={preview.error} busy={preview.isFetching} />
    </FormShell>
  );
}
