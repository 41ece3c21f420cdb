"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { type Draft, PROBLEM_FIELD } from "@/server/campaigns/schema";
import { useErrorText } from "../error-text";
import { formatDateTime, formatMoney } from "../format";
import { Button } from "../primitives/button";
import { ConfirmDialog } from "../primitives/dialog";
import { Page, PageHeader } from "../primitives/page-header";
import { Notice } from "../primitives/states";
import { toastSuccess } from "../primitives/toast";
import { PageCrumb } from "../shell/crumbs";
import { useShop } from "../shell/shop-context";
import { type RouterOutput, trpc } from "../trpc";
import { CampaignActions } from "./campaign-actions";
import { CampaignStatus } from "./campaign-status";
import { AudienceFields, CreditFields, DetailFields, ScheduleFields } from "./editor-fields";
import { MessageFields } from "./message-fields";
import { Receipt } from "./receipt";
import { type Campaign, type Patch, type SaveState, useAutosave } from "./use-autosave";

/** What the form shows. Amounts as minor units in text, so that half-typed input stays what it is. */
export type EditorValues = {
  name: string;
  description: string;
  segment: { id: string; name: string } | null;
  amount: string;
  expiryDays: string;
  expires: boolean;
  availableLocal: string;
  holdoutBps: number | null;
  messageEnabled: boolean;
  messageTexts: Draft["messageTexts"];
};

export type FieldsProps = {
  values: EditorValues;
  /** Shows at once and saves a moment later. A value that is no valid draft yet is shown but not saved: `patch` is then empty. */
  set: (values: Partial<EditorValues>, patch: Patch) => void;
  unit: string;
  error: (field: keyof Draft) => string | undefined;
};

const valuesOf = (campaign: Campaign | null): EditorValues => ({
  name: campaign?.name ?? "",
  description: campaign?.description ?? "",
  segment: campaign?.segment ?? null,
  amount: campaign && campaign.amount > 0n ? campaign.amount.toString() : "",
  expiryDays: String(campaign?.expiryDays ?? 30),
  expires: campaign ? campaign.expiryDays !== null : true,
  availableLocal: campaign?.availableLocal ?? "",
  holdoutBps: campaign?.holdoutBps ?? 1000,
  messageEnabled: campaign?.messageEnabled ?? true,
  messageTexts: campaign?.messageTexts ?? {},
});

type EditorProps = {
  initial: Campaign | null;
  /** Chosen already, for a new draft that begins at a segment. */
  segment: { id: string; name: string } | null;
  onCreated: (campaign: Campaign) => void;
};

/** The campaign builder: form and live receipt. `initial` null starts a new draft, which exists from the first change on. */
export function CampaignEditor({ initial, segment, onCreated }: EditorProps) {
  const t = useTranslations("campaigns");
  const shop = useShop();
  const [values, setValues] = useState(() => ({ ...valuesOf(initial), ...(segment ? { segment } : {}) }));
  const [asked, setAsked] = useState(false);
  const [confirming, setConfirming] = useState(false);
  const autosave = useAutosave(shop.id, initial, onCreated);
  const { saved } = autosave;
  const simulation = trpc.roi.simulate.useQuery(
    { shopId: shop.id, id: saved?.id ?? "" },
    { enabled: saved !== null, placeholderData: (previous) => previous },
  );
  const set = (next: Partial<EditorValues>, patch: Patch) => {
    setValues((now) => ({ ...now, ...next }));
    if (Object.keys(patch).length > 0) autosave.change(segment && !saved ? { segmentId: segment.id, ...patch } : patch);
  };
  const problems = asked ? (simulation.data?.problems ?? []) : [];
  const fields: FieldsProps = {
    values,
    set,
    unit: saved?.unit ?? shop.currency,
    error: (field) => {
      const problem = problems.find((candidate) => PROBLEM_FIELD[candidate] === field);
      return problem && t(`problems.${problem}`);
    },
  };
  const launch = async () => {
    if (!(await autosave.flush())) return;
    setAsked(true);
    const { data } = await simulation.refetch();
    if (data && data.problems.length === 0) setConfirming(true);
  };
  return (
    <Page>
      {saved && <PageCrumb label={saved.name || t("untitled")} />}
      <PageHeader
        title={values.name || t("editor.newTitle")}
        status={saved && <CampaignStatus status={saved.status} />}
        description={<SaveLine state={autosave.state} exists={saved !== null} />}
        actions={saved && <CampaignActions campaign={saved} />}
      />
      <SaveProblem state={autosave.state} error={autosave.error} />
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-8">
          <DetailFields {...fields} />
          <AudienceFields {...fields} />
          <CreditFields {...fields} />
          <ScheduleFields {...fields} />
          <MessageFields {...fields} expiresAt={simulation.data?.expiresAt ?? null} />
        </div>
        <Receipt
          simulation={simulation.data}
          updating={simulation.isFetching || autosave.state !== "clean"}
          error={simulation.error}
          problems={problems}
          onLaunch={() => void launch()}
          launching={autosave.state === "saving"}
          started={saved !== null}
        />
      </div>
      {saved && simulation.data && confirming && (
        <LaunchDialog campaign={saved} simulation={simulation.data} onClose={() => setConfirming(false)} />
      )}
    </Page>
  );
}

function SaveLine({ state, exists }: { state: SaveState; exists: boolean }) {
  const t = useTranslations("campaigns.editor");
  const text = state === "saving" ? t("saving") : state === "clean" ? (exists ? t("saved") : t("autosave")) : t("notSaved");
  return <span role="status">{text}</span>;
}

function SaveProblem({ state, error }: { state: SaveState; error: unknown }) {
  const t = useTranslations("campaigns.editor");
  const errorText = useErrorText();
  if (state === "conflict")
    return (
      <Notice tone="warning" title={t("saveFailed")} action={<Button onClick={() => window.location.reload()}>{t("reload")}</Button>}>
        {t("conflict")}
      </Notice>
    );
  if (state !== "failed") return null;
  return (
    <Notice tone="danger" title={t("saveFailed")}>
      {errorText(error)}
    </Notice>
  );
}

type LaunchDialogProps = {
  campaign: Campaign;
  simulation: RouterOutput["roi"]["simulate"];
  onClose: () => void;
};

function LaunchDialog({ campaign, simulation, onClose }: LaunchDialogProps) {
  const t = useTranslations("campaigns");
  const locale = useLocale();
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const launch = trpc.campaigns.launch.useMutation({
    onSuccess: (launched) => {
      toastSuccess(t("actions.launched"));
      utils.campaigns.get.setData({ shopId: shop.id, id: launched.id }, launched);
      void utils.campaigns.invalidate();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("confirm.title", { name: campaign.name })}
      description={t("confirm.text", {
        people: simulation.arms?.treated ?? 0,
        amount: formatMoney(campaign.amount, campaign.unit, locale),
        time: simulation.runAt ? formatDateTime(simulation.runAt, campaign.timeZone, locale) : "",
        cost: formatMoney(simulation.worstCost ?? 0n, campaign.unit, locale),
      })}
      confirmLabel={t("confirm.launch")}
      onConfirm={() => launch.mutate({ shopId: shop.id, id: campaign.id, version: campaign.version })}
      pending={launch.isPending}
      error={launch.error && errorText(launch.error)}
      tone="normal"
    />
  );
}
