import type { StaffNoticeKind } from "@db/schema/campaigns";
import type { StaffItem } from "@/server/notifications/templates/staff-document";
import { formatMoney, type MessageLocale } from "@/server/notifications/templates/values";

/** One thing to tell, with what the words need. Money in minor units; `people` is a number of people, never who they are. */
export type Notice = {
  kind: StaffNoticeKind;
  campaignId: string;
  subjectId: string;
  campaign: string;
  unit: string;
  cost: bigint;
  people: number;
  /** Who asks, or who decided. */
  by: string;
};

type Words = {
  headline: Record<StaffNoticeKind, (name: string) => string>;
  wants: (amount: string, people: number, by: string) => string;
  wantsBack: (amount: string, people: number, by: string) => string;
  decided: (by: string) => string;
  decide: string;
  open: string;
  several: (count: number, shop: string) => string;
  untitled: string;
};

const WORDS: Record<MessageLocale, Words> = {
  de: {
    headline: {
      approvalWanted: (name) => `Freigabe erbeten: „${name}“`,
      recallWanted: (name) => `Rückholung freigeben: „${name}“`,
      approved: (name) => `Freigegeben: „${name}“`,
      rejected: (name) => `Abgelehnt: „${name}“`,
      recallApproved: (name) => `Rückholung freigegeben: „${name}“`,
      recallRejected: (name) => `Rückholung abgelehnt: „${name}“`,
    },
    wants: (amount, people, by) =>
      `Bis zu ${amount} für ${people.toLocaleString("de-DE")} ${people === 1 ? "Person" : "Personen"}, vorgelegt von ${by}.`,
    wantsBack: (amount, people, by) =>
      `Bis zu ${amount} aus ${people.toLocaleString("de-DE")} ${people === 1 ? "Guthaben" : "Guthaben-Posten"}, beantragt von ${by}.`,
    decided: (by) => `Entschieden von ${by}.`,
    decide: "Ansehen und entscheiden",
    open: "Kampagne öffnen",
    several: (count, shop) => `${count.toString()} Neuigkeiten zu Kampagnen bei ${shop}`,
    untitled: "Ohne Namen",
  },
  en: {
    headline: {
      approvalWanted: (name) => `Approval wanted: “${name}”`,
      recallWanted: (name) => `Recall to approve: “${name}”`,
      approved: (name) => `Approved: “${name}”`,
      rejected: (name) => `Rejected: “${name}”`,
      recallApproved: (name) => `Recall approved: “${name}”`,
      recallRejected: (name) => `Recall rejected: “${name}”`,
    },
    wants: (amount, people, by) =>
      `Up to ${amount} for ${people.toLocaleString("en-GB")} ${people === 1 ? "person" : "people"}, submitted by ${by}.`,
    wantsBack: (amount, people, by) =>
      `Up to ${amount} from ${people.toLocaleString("en-GB")} ${people === 1 ? "grant" : "grants"}, requested by ${by}.`,
    decided: (by) => `Decided by ${by}.`,
    decide: "Look and decide",
    open: "Open the campaign",
    several: (count, shop) => `${count.toString()} updates on campaigns of ${shop}`,
    untitled: "Untitled",
  },
};

const wantsDecision = (kind: StaffNoticeKind): boolean => kind === "approvalWanted" || kind === "recallWanted";

/** Where the e-mail leads: to the decision itself (and to the campaign, when somebody else was quicker), or to what was decided. */
function pathOf({ kind, campaignId, subjectId }: Notice): string {
  if (!wantsDecision(kind)) return `/campaigns/${campaignId}`;
  return `/campaigns/approvals?item=${kind === "recallWanted" ? subjectId : campaignId}&campaign=${campaignId}`;
}

/** One e-mail for everything one person is to be told now, what waits for them first. */
export function noticeText(
  notices: readonly Notice[],
  { locale, shop, base }: { locale: MessageLocale; shop: string; base: string },
): { subject: string; items: StaffItem[] } {
  const t = WORDS[locale];
  const sorted = notices.toSorted((a, b) => Number(wantsDecision(b.kind)) - Number(wantsDecision(a.kind)));
  const items = sorted.map((notice): StaffItem => {
    const amount = formatMoney(notice.cost.toString(), notice.unit, locale);
    const detail = notice.kind === "approvalWanted" ? t.wants : notice.kind === "recallWanted" ? t.wantsBack : null;
    return {
      text: t.headline[notice.kind](notice.campaign || t.untitled),
      detail: detail ? detail(amount, notice.people, notice.by) : t.decided(notice.by),
      label: wantsDecision(notice.kind) ? t.decide : t.open,
      url: `${base}${pathOf(notice)}`,
    };
  });
  const [only] = items;
  return { subject: items.length === 1 && only ? only.text : t.several(items.length, shop), items };
}
