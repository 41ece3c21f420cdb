import type { StaffNoticeKind } from "@db/schema/campaigns";
import type { StopCause } from "@/server/notifications/schema";
import type { StaffItem } from "@/server/notifications/templates/staff-document";
import { formatMoney, type MessageLocale } from "@/server/notifications/templates/values";

/** One thing to tell, with what the words need. Money in minor units; `people` is a number of people, never who they are. */
export type Notice = {
  kind: StaffNoticeKind;
  /** Null for what is about no campaign. */
  campaignId: string | null;
  subjectId: string;
  campaign: string;
  unit: string;
  cost: bigint;
  people: number;
  /** Of how many e-mails `people` complained, or did not exist. */
  of?: number;
  /** The sender's domain it is about. */
  domain?: string;
  /** What stopped marketing e-mail. */
  cause?: StopCause;
  /** Who asks, or who decided. */
  by: string;
};

type Words = {
  headline: Record<StaffNoticeKind, (name: string) => string>;
  wants: (amount: string, people: number, by: string) => string;
  wantsBack: (amount: string, people: number, by: string) => string;
  stop: Record<StopCause, { headline: string; counted: (count: string, sent: string) => string }>;
  stopped: string;
  domainBad: (domain: string) => string;
  decided: (by: string) => string;
  decide: string;
  open: string;
  openStop: string;
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
      sendingStopped: () => "Werbung per E-Mail steht",
      senderDomainBad: () => "Die Absender-Domain ist nicht mehr in Ordnung",
    },
    wants: (amount, people, by) =>
      `Bis zu ${amount} für ${people.toLocaleString("de-DE")} ${people === 1 ? "Person" : "Personen"}, vorgelegt von ${by}.`,
    wantsBack: (amount, people, by) =>
      `Bis zu ${amount} aus ${people.toLocaleString("de-DE")} ${people === 1 ? "Guthaben" : "Guthaben-Posten"}, beantragt von ${by}.`,
    stop: {
      complaints: {
        headline: "Werbung per E-Mail steht: zu viele Beschwerden",
        counted: (count, sent) => `${count} Beschwerden auf ${sent} E-Mails: Die Stopplinie von 0,3 % ist erreicht.`,
      },
      bounces: {
        headline: "Werbung per E-Mail steht: zu viele tote Adressen",
        counted: (count, sent) =>
          `${count} von ${sent} E-Mails gingen an Adressen, die es nicht gibt: Die Stopplinie von 5 % ist erreicht.`,
      },
    },
    stopped: "Werbung wartet, bis jemand sie mit einem Grund weitersendet; Mitteilungen zu Käufen gehen weiter hinaus.",
    domainBad: (domain) =>
      `Bei ${domain} fehlt ein Eintrag im DNS oder ist falsch. Postfachanbieter können E-Mails deshalb ablehnen oder in den Spam legen. In der App steht, was fehlt und was einzutragen ist.`,
    decided: (by) => `Entschieden von ${by}.`,
    decide: "Ansehen und entscheiden",
    open: "Kampagne öffnen",
    openStop: "Zustellbarkeit ansehen",
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
      sendingStopped: () => "Marketing e-mail has stopped",
      senderDomainBad: () => "The sender’s domain is no longer in order",
    },
    wants: (amount, people, by) =>
      `Up to ${amount} for ${people.toLocaleString("en-GB")} ${people === 1 ? "person" : "people"}, submitted by ${by}.`,
    wantsBack: (amount, people, by) =>
      `Up to ${amount} from ${people.toLocaleString("en-GB")} ${people === 1 ? "grant" : "grants"}, requested by ${by}.`,
    stop: {
      complaints: {
        headline: "Marketing e-mail has stopped: too many complaints",
        counted: (count, sent) => `${count} complaints about ${sent} e-mails: the line of 0.3% is reached.`,
      },
      bounces: {
        headline: "Marketing e-mail has stopped: too many dead addresses",
        counted: (count, sent) => `${count} of ${sent} e-mails went to addresses that do not exist: the line of 5% is reached.`,
      },
    },
    stopped: "Marketing waits until somebody resumes it with a reason; messages about purchases still go out.",
    domainBad: (domain) =>
      `A DNS record of ${domain} is missing or wrong. Mailbox providers may refuse e-mails because of it or put them into spam. The app says what is missing and what to enter.`,
    decided: (by) => `Decided by ${by}.`,
    decide: "Look and decide",
    open: "Open the campaign",
    openStop: "Look at deliverability",
    several: (count, shop) => `${count.toString()} updates on campaigns of ${shop}`,
    untitled: "Untitled",
  },
};

const wantsDecision = (kind: StaffNoticeKind): boolean => kind === "approvalWanted" || kind === "recallWanted";

/** Where the e-mail leads: to the decision itself (and to the campaign, when somebody else was quicker), or to what was decided. */
function pathOf({ kind, campaignId, subjectId }: Notice): string {
  if (campaignId === null) return "/settings/messages?tab=deliverability";
  if (!wantsDecision(kind)) return `/campaigns/${campaignId}`;
  return `/campaigns/approvals?item=${kind === "recallWanted" ? subjectId : campaignId}&campaign=${campaignId}`;
}

function detailOf(t: Words, notice: Notice, locale: MessageLocale): string {
  const { kind, people, by } = notice;
  const amount = formatMoney(notice.cost.toString(), notice.unit, locale);
  if (kind === "sendingStopped") {
    const number = (value: number) => value.toLocaleString(locale === "de" ? "de-DE" : "en-GB");
    return `${t.stop[notice.cause ?? "complaints"].counted(number(people), number(notice.of ?? 0))} ${t.stopped}`;
  }
  if (kind === "senderDomainBad") return t.domainBad(notice.domain ?? "");
  if (kind === "approvalWanted") return t.wants(amount, people, by);
  return kind === "recallWanted" ? t.wantsBack(amount, people, by) : t.decided(by);
}

/** What is about the shop's sending as a whole. */
const ofSending = ({ kind }: Notice): boolean => kind === "sendingStopped" || kind === "senderDomainBad";

/** What stands still comes first, then what may be refused, then what waits for a decision. */
const urgency = (notice: Notice): number =>
  notice.kind === "sendingStopped" ? 3 : ofSending(notice) ? 2 : wantsDecision(notice.kind) ? 1 : 0;

/** One e-mail for everything one person is to be told now, what waits for them first. */
export function noticeText(
  notices: readonly Notice[],
  { locale, shop, base }: { locale: MessageLocale; shop: string; base: string },
): { subject: string; items: StaffItem[] } {
  const t = WORDS[locale];
  const sorted = notices.toSorted((a, b) => urgency(b) - urgency(a));
  const items = sorted.map(
    (notice): StaffItem => ({
      text: notice.cause ? t.stop[notice.cause].headline : t.headline[notice.kind](notice.campaign || t.untitled),
      detail: detailOf(t, notice, locale),
      label: ofSending(notice) ? t.openStop : wantsDecision(notice.kind) ? t.decide : t.open,
      url: `${base}${pathOf(notice)}`,
    }),
  );
  const [first] = items;
  const alone = items.length === 1 || (sorted[0] !== undefined && ofSending(sorted[0]));
  return { subject: alone && first ? first.text : t.several(items.length, shop), items };
}
