import type { InngestFunction } from "inngest";
import { auditChain } from "./functions/audit";
import { campaignClock, campaignDrop, campaignEntries, campaignNotices, campaignRecall, campaignZones } from "./functions/campaigns";
import { importRun, importSweep } from "./functions/imports";
import { ledgerCheck, ledgerDue, ledgerExpiry, ledgerNightly } from "./functions/ledger";
import { ledgerRetention } from "./functions/ledger-retention";
import { metricsCompact, metricsRefresh } from "./functions/metrics";
import {
  messageFeed,
  messageFeedClock,
  messageGroups,
  messageNightly,
  messageNotices,
  messageReminders,
  messageSend,
  messageSweep,
} from "./functions/notifications";
import { figuresRefresh, resultsRefresh, scoringClock, scoringPrediction, scoringRfm } from "./functions/scoring";
import { segmentsNight, segmentsNightly } from "./functions/segments";

/** Every background function of the app, one line per function. Both the public route and the embedded engine serve this list. */
export const functions: readonly InngestFunction.Like[] = [
  auditChain,
  campaignClock,
  campaignDrop,
  campaignEntries,
  campaignNotices,
  campaignRecall,
  campaignZones,
  figuresRefresh,
  importRun,
  importSweep,
  ledgerCheck,
  ledgerDue,
  ledgerExpiry,
  ledgerNightly,
  ledgerRetention,
  messageFeed,
  messageFeedClock,
  messageGroups,
  messageNightly,
  messageNotices,
  messageReminders,
  messageSend,
  messageSweep,
  metricsCompact,
  metricsRefresh,
  resultsRefresh,
  scoringClock,
  scoringPrediction,
  scoringRfm,
  segmentsNight,
  segmentsNightly,
];
