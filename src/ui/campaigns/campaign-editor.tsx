"use client";

import { useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useEffect, useRef, useState } from "react";
import { PROBLEM_FIELD } from "@/server/campaigns/checks/schema";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Page, PageHeader } from "../primitives/page-header";
import { Notice, TryAgain } from "../primitives/states";
import { Stepper } from "../primitives/stepper";
import { toastError } from "../primitives/toast";
import { PageCrumb } from "../shell/crumbs";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import { RejectedNotice } from "./approval-notice";
import { Backtest } from "./backtest";
import { EditorStep } from "./builder/editor-step";
import { LaunchDialog } from "./builder/launch-dialog";
import { type BuilderStep, problemsByStep, STEPS } from "./builder/steps";
import { unfinished } from "./builder/unfinished";
import { type StartingPoint, useApplyStrategy } from "./builder/use-apply-strategy";
import { type EditorValues, type FieldsProps, valuesOf } from "./builder/values";
import { CampaignActions } from "./campaign-actions";
import { CampaignStatus } from "./campaign-status";
import { Receipt } from "./receipt";
import { type Campaign, type Patch, type SaveState, useAutosave } from "./use-autosave";

type EditorProps = {
  initial: Campaign | null;
  /** Chosen already, for a new draft that begins at a segment. */
  segment: { id: string; name: string } | null;
  /** A new draft that begins as a message without credit. */
  messageOnly: boolean;
  /** A new draft exists: its address, with the step that is open, takes the place of the old one. */
  onCreated: (campaign: Campaign, step: BuilderStep) => void;
};

/** The campaign builder: six steps and the live receipt. `initial` null starts a new draft, which exists from the first change on. */
export function CampaignEditor({ initial, segment, messageOnly, onCreated }: EditorProps) {
  const t = useTranslations("campaigns");
  const { step, go, leadTo, opened, stepRef } = useStep(initial !== null || segment !== null || messageOnly);
  const { values, saved, autosave, set, reset } = useDraft({
    ...{ initial, segment, messageOnly },
    onCreated: (campaign) => onCreated(campaign, opened()),
  });
  const [asked, setAsked] = useState(false);
  const [confirming, setConfirming] = useState(false);
  const shop = useShop();
  const simulation = trpc.roi.simulate.useQuery(
    { shopId: shop.id, id: saved?.id ?? "" },
    { enabled: saved !== null, placeholderData: (previous) => previous },
  );
  const found = simulation.data?.problems ?? [];
  const open = unfinished(values);
  const byStep = problemsByStep(found, asked, open);
  const apply = useStrategyStart({ saved, autosave, reset, leadTo });
  const fields: FieldsProps = {
    values,
    set,
    unit: saved?.unit ?? shop.currency,
    error: (field) => {
      const half = open.find((candidate) => candidate === field);
      if (half && asked) return t(`unfinished.${half}`);
      const problem = found.find((candidate) => PROBLEM_FIELD[candidate] === field);
      const alarming = problem && byStep.some((entry) => entry.alarming && entry.problems.includes(problem));
      return alarming ? t(`problems.${problem}`) : undefined;
    },
  };
  const launch = async () => {
    // The notice stands at the top of the page, which may be out of sight here.
    if (!(await autosave.flush())) return toastError(t("editor.saveFailed"));
    setAsked(true);
    // The draft is another one than the form shows.
    if (open.length > 0) return;
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
      <SaveProblem state={autosave.state} error={autosave.error} onRetry={() => void autosave.flush()} />
      {saved && <RejectedNotice campaign={saved} />}
      <Stepper
        label={t("editor.steps")}
        current={step}
        onSelect={go}
        steps={byStep.map((entry) => ({
          id: entry.step,
          label: t(`steps.${entry.step}`),
          state: entry.alarming ? "error" : isDone(entry, saved) ? "done" : "upcoming",
        }))}
      />
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a border and a legend of its own */}
        <div ref={stepRef} tabIndex={-1} role="group" aria-label={t(`steps.${step}`)} className="flex min-w-0 flex-col gap-8 outline-none">
          <EditorStep step={step} fields={fields} saved={saved} simulation={simulation.data} onApply={apply} onStep={go} />
          <StepButtons step={step} onStep={go} />
        </div>
        <Receipt
          simulation={simulation.data}
          updating={simulation.isFetching || autosave.state !== "clean"}
          error={simulation.error}
          problems={asked ? found : []}
          unfinished={open}
          asked={asked}
          onStep={go}
          onLaunch={() => void launch()}
          launching={autosave.state === "saving"}
          started={saved !== null}
        >
          {saved && simulation.data?.audience && !simulation.data.messageOnly && <Backtest campaign={saved} />}
        </Receipt>
      </div>
      {saved && simulation.data && confirming && (
        <LaunchDialog campaign={saved} simulation={simulation.data} onClose={() => setConfirming(false)} />
      )}
    </Page>
  );
}

/** The form's values and the draft behind them. */
function useDraft({
  initial,
  segment,
  messageOnly,
  onCreated,
}: Omit<EditorProps, "onCreated"> & { onCreated: (campaign: Campaign) => void }) {
  const shop = useShop();
  const [values, setValues] = useState<EditorValues>(() => {
    const known = valuesOf(initial);
    const message = messageOnly && !initial ? { offer: { ...known.offer, type: "none" as const } } : {};
    return { ...known, ...(segment ? { segment } : {}), ...message };
  });
  /** What a new draft begins with besides the first thing typed. */
  const beginning: Patch = {
    ...(segment ? { segmentId: segment.id } : {}),
    ...(messageOnly ? { offer: { type: "none" as const } } : {}),
  };
  const reset = (campaign: Campaign) => setValues(valuesOf(campaign));
  const autosave = useAutosave(shop, initial, { onCreated, onRestored: reset });
  const { saved } = autosave;
  const set = (next: Partial<EditorValues>, patch: Patch) => {
    setValues((now) => ({ ...now, ...next }));
    if (Object.keys(patch).length > 0) autosave.change(saved ? patch : { ...beginning, ...patch });
  };
  return { values, saved, autosave, set, reset };
}

/**
 * The step in the address. The first one of a draft that has something already is the audience: its strategy is chosen.
 *
 * A change of step that waits to be written into the address is thrown away when the path changes, as it does when a new draft gets its
 * own. So the step that is meant stands here at once, and the draft's address is written together with it.
 */
function useStep(begun: boolean) {
  const first: BuilderStep = begun ? "audience" : "strategy";
  const [step, setStep] = useQueryState("step", parseAsStringLiteral(STEPS).withOptions({ history: "push" }));
  const current = step ?? first;
  const meant = useRef(current);
  const stepRef = useRef<HTMLDivElement>(null);
  const shown = useRef(current);
  useEffect(() => {
    if (shown.current === current) return;
    shown.current = current;
    meant.current = current;
    // What was read or pressed is gone: keyboard and screen reader go on where the new step begins.
    stepRef.current?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }, [current]);
  const go = (next: BuilderStep) => {
    meant.current = next;
    void setStep(next);
  };
  /** Does what may give the draft its address, and goes to a step afterwards if that succeeds. */
  const leadTo = async (next: BuilderStep, act: () => Promise<boolean>) => {
    const before = meant.current;
    meant.current = next;
    if (!(await act())) meant.current = before;
    else if (stepInAddress() !== next) go(next);
  };
  return { step: current, go, leadTo, opened: () => meant.current, stepRef };
}

const stepInAddress = () => new URLSearchParams(window.location.search).get("step");

type StartOptions = {
  saved: Campaign | null;
  autosave: ReturnType<typeof useAutosave>;
  reset: (campaign: Campaign) => void;
  leadTo: (step: BuilderStep, act: () => Promise<boolean>) => Promise<void>;
};

/** Fills the draft from a strategy of the library. */
function useStrategyStart({ saved, autosave, reset, leadTo }: StartOptions) {
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const patchOf = useApplyStrategy();
  return async (start: StartingPoint) => {
    try {
      autosave.change(await patchOf(start, saved));
      await leadTo("audience", async () => {
        const campaign = await autosave.flush();
        // When it could not be saved, the page says so and keeps the input.
        if (campaign) {
          reset(campaign);
          // The strategy has brought channel and template along.
          void utils.messages.campaign.get.invalidate();
        }
        return campaign !== null;
      });
    } catch (error) {
      toastError(errorText(error));
    }
  };
}

/** A step counts as done when nothing in it is missing and something has been decided. */
function isDone(entry: ReturnType<typeof problemsByStep>[number], saved: Campaign | null): boolean {
  if (!saved || entry.problems.length > 0) return false;
  return entry.step !== "strategy" || saved.strategy !== null;
}

function StepButtons({ step, onStep }: { step: BuilderStep; onStep: (step: BuilderStep) => void }) {
  const t = useTranslations("campaigns");
  const at = STEPS.indexOf(step);
  const [before, after] = [STEPS[at - 1], STEPS[at + 1]];
  return (
    <div className="flex flex-wrap justify-between gap-2 border-line border-t pt-4">
      {before ? <Button onClick={() => onStep(before)}>{t("editor.back")}</Button> : <span />}
      {after && (
        <Button variant="secondary" onClick={() => onStep(after)}>
          {t("editor.next", { step: t(`steps.${after}`) })}
        </Button>
      )}
    </div>
  );
}

function SaveLine({ state, exists }: { state: SaveState; exists: boolean }) {
  const t = useTranslations("campaigns.editor");
  const text = state === "saving" ? t("saving") : state === "clean" ? (exists ? t("saved") : t("autosave")) : t("notSaved");
  return <span role="status">{text}</span>;
}

function SaveProblem({ state, error, onRetry }: { state: SaveState; error: unknown; onRetry: () => void }) {
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
    <Notice tone="danger" title={t("saveFailed")} action={<TryAgain error={error} onRetry={onRetry} />}>
      {errorText(error)}
    </Notice>
  );
}
