import type { Draft } from "@/server/campaigns/schema";
import type { Campaign, Patch } from "../use-autosave";
import { formOf, type OfferForm } from "./offer-form";

export type ExpiryKind = "none" | "days" | "date";

/** What the form shows. Amounts as minor units in text, so that half-typed input stays what it is. */
export type EditorValues = Pick<Draft, "terms" | "origin" | "counselChecked" | "zone" | "repeat" | "messageEnabled" | "messageTexts"> & {
  name: string;
  description: string;
  segment: { id: string; name: string } | null;
  amount: string;
  offer: OfferForm;
  /** Of the terms and of the repetition, as typed. */
  minOrder: string;
  reentryDays: string;
  expiry: ExpiryKind;
  expiryDays: string;
  expiryDate: string;
  availableLocal: string;
  endsLocal: string;
  budget: string;
  holdoutBps: number | null;
};

export type FieldsProps = {
  values: EditorValues;
  /** Shows at once and saves a moment later. A value that is no valid draft yet is shown but not saved: `patch` is then empty. */
  set: (values: Partial<EditorValues>, patch: Patch) => void;
  unit: string;
  error: (field: keyof Draft) => string | undefined;
};

const DEFAULT_DAYS = "30";
/** Days after which somebody who left the segment and came back gets it again, until somebody says otherwise. */
export const DEFAULT_PAUSE = "90";

export function valuesOf(campaign: Campaign | null): EditorValues {
  return {
    name: campaign?.name ?? "",
    description: campaign?.description ?? "",
    segment: campaign?.segment ?? null,
    amount: campaign && campaign.amount > 0n ? campaign.amount.toString() : "",
    offer: formOf(campaign?.offer ?? null),
    minOrder: campaign?.terms?.minOrder?.toString() ?? "",
    reentryDays:
      campaign?.repeat.type === "entry" && campaign.repeat.reentryDays !== null ? String(campaign.repeat.reentryDays) : DEFAULT_PAUSE,
    terms: campaign?.terms ?? null,
    origin: campaign?.origin ?? "unpaid",
    counselChecked: campaign?.counselChecked ?? false,
    expiry: !campaign || campaign.expiryDays !== null ? "days" : campaign.expiryDate !== null ? "date" : "none",
    expiryDays: campaign?.expiryDays ? String(campaign.expiryDays) : DEFAULT_DAYS,
    expiryDate: campaign?.expiryDate ?? "",
    availableLocal: campaign?.availableLocal ?? "",
    zone: campaign?.zone ?? "shop",
    repeat: campaign?.repeat ?? { type: "none" },
    endsLocal: campaign?.endsLocal ?? "",
    budget: campaign?.budget ? campaign.budget.toString() : "",
    holdoutBps: campaign?.holdoutBps ?? 1_000,
    messageEnabled: campaign?.messageEnabled ?? true,
    messageTexts: campaign?.messageTexts ?? {},
  };
}
