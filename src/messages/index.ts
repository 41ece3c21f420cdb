import type {} from "next-intl";
import deAgency from "./de/agency.json";
import deAnalytics from "./de/analytics.json";
import deApi from "./de/api.json";
import deApprovals from "./de/approvals.json";
import deAudit from "./de/audit.json";
import deAuth from "./de/auth.json";
import deCampaigns from "./de/campaigns.json";
import deCommon from "./de/common.json";
import deCustomers from "./de/customers.json";
import deErrors from "./de/errors.json";
import deImports from "./de/imports.json";
import deJobs from "./de/jobs.json";
import deLedger from "./de/ledger.json";
import deMessages from "./de/messages.json";
import deOverview from "./de/overview.json";
import dePreferences from "./de/preferences.json";
import deScoring from "./de/scoring.json";
import deSegments from "./de/segments.json";
import deSenderDomain from "./de/senderDomain.json";
import deSending from "./de/sending.json";
import deSettings from "./de/settings.json";
import deShell from "./de/shell.json";
import deTemplates from "./de/templates.json";
import enAgency from "./en/agency.json";
import enAnalytics from "./en/analytics.json";
import enApi from "./en/api.json";
import enApprovals from "./en/approvals.json";
import enAudit from "./en/audit.json";
import enAuth from "./en/auth.json";
import enCampaigns from "./en/campaigns.json";
import enCommon from "./en/common.json";
import enCustomers from "./en/customers.json";
import enErrors from "./en/errors.json";
import enImports from "./en/imports.json";
import enJobs from "./en/jobs.json";
import enLedger from "./en/ledger.json";
import enMessages from "./en/messages.json";
import enOverview from "./en/overview.json";
import enPreferences from "./en/preferences.json";
import enScoring from "./en/scoring.json";
import enSegments from "./en/segments.json";
import enSenderDomain from "./en/senderDomain.json";
import enSending from "./en/sending.json";
import enSettings from "./en/settings.json";
import enShell from "./en/shell.json";
import enTemplates from "./en/templates.json";

/**
 * Every message of both languages, one import line per namespace and locale: a static index, so that a missing file is a
 * build error. German is the language the types are made from; src/messages/messages.test.ts keeps English in step with it.
 */
const de = {
  common: deCommon,
  shell: deShell,
  errors: deErrors,
  auth: deAuth,
  settings: deSettings,
  approvals: deApprovals,
  audit: deAudit,
  jobs: deJobs,
  customers: deCustomers,
  imports: deImports,
  scoring: deScoring,
  segments: deSegments,
  campaigns: deCampaigns,
  messages: deMessages,
  sending: deSending,
  senderDomain: deSenderDomain,
  templates: deTemplates,
  overview: deOverview,
  preferences: dePreferences,
  agency: deAgency,
  ledger: deLedger,
  analytics: deAnalytics,
  api: deApi,
};

export type Messages = typeof de;

const en: Messages = {
  common: enCommon,
  shell: enShell,
  errors: enErrors,
  auth: enAuth,
  settings: enSettings,
  approvals: enApprovals,
  audit: enAudit,
  jobs: enJobs,
  customers: enCustomers,
  imports: enImports,
  scoring: enScoring,
  segments: enSegments,
  campaigns: enCampaigns,
  messages: enMessages,
  sending: enSending,
  senderDomain: enSenderDomain,
  templates: enTemplates,
  overview: enOverview,
  preferences: enPreferences,
  agency: enAgency,
  ledger: enLedger,
  analytics: enAnalytics,
  api: enApi,
};

export const LOCALES = ["de", "en"] as const;
export type Locale = (typeof LOCALES)[number];
export const DEFAULT_LOCALE: Locale = "de";
export const LOCALE_COOKIE = "locale";

export const MESSAGES: Record<Locale, Messages> = { de, en };

export function isLocale(value: unknown): value is Locale {
  return LOCALES.some((locale) => locale === value);
}

declare module "next-intl" {
  interface AppConfig {
    Locale: Locale;
    Messages: Messages;
  }
}
