import type { Migration } from "kysely";
import * as tenancy from "./0001_tenancy";
import * as customers from "./0002_customers";
import * as ledger from "./0003_ledger";
import * as segments from "./0003a_segments";
import * as campaigns from "./0004_campaigns";
import * as engine from "./0005_engine";
import * as ledgerAccounts from "./0007_ledger_accounts";
import * as scoring from "./0008_scoring";
import * as segmentsMore from "./0009_segments";
import * as campaignGuards from "./0010_campaigns";
import * as notifications from "./0011_notifications";
import * as books from "./0012_books";
import * as secondFactor from "./0013_second_factor";
import * as approvalContent from "./0014_approval_content";
import * as campaignResult from "./0015_campaign_result";
import * as refresh from "./0016_refresh";
import * as segmentSpeed from "./0017_segment_speed";
import * as dropSpeed from "./0018_drop_speed";
import * as ledgerNotices from "./0019_ledger_notices";
import * as results from "./0020_results";
import * as staffNotices from "./0021_staff_notices";
import * as testMessages from "./0022_test_messages";
import * as refreshPlans from "./0023_refresh_plans";
import * as messageCampaigns from "./0024_message_campaigns";
import * as complaintStop from "./0025_complaint_stop";
import * as productPictures from "./0026_product_pictures";
import * as largeShops from "./0027_large_shops";
import * as importSpeed from "./0028_import_speed";
import * as brandPictures from "./0029_brand_pictures";
import * as consentHolds from "./0030_consent_holds";
import * as nameSearch from "./0032_name_search";
import * as launchedWords from "./0033_launched_words";
import * as strategyMessage from "./0034_strategy_message";
import * as refusedAddresses from "./0035_refused_addresses";
import * as costAtLaunch from "./0037_cost_at_launch";
import * as authReset from "./0040_auth_reset";
import * as optOutReplies from "./0043_opt_out_replies";
import * as optOutNotices from "./0044_opt_out_notices";
import * as phoneEnds from "./0045_phone_ends";
import * as messageAddress from "./0046_message_address";
import * as evidenceTerm from "./0047_evidence_term";
import * as senderDomain from "./0049_sender_domain";
import * as senderDomainNotice from "./0050_sender_domain_notice";
import * as messagePictures from "./0051_message_pictures";
import * as bounceStop from "./0052_bounce_stop";
import * as reminderDays from "./0054_reminder_days";
import * as sentText from "./0055_sent_text";
import * as shortLinks from "./0056_short_links";
import * as testSubjects from "./0058_test_subjects";
import * as messageTracked from "./0059_message_tracked";
import * as feedbackSources from "./0061_feedback_sources";

/** Forward-only, in this order. A static list, because a file scan does not survive bundling. */
export const migrations: Record<string, Migration> = {
  "0001_tenancy": tenancy,
  "0002_customers": customers,
  "0003_ledger": ledger,
  "0003a_segments": segments,
  "0004_campaigns": campaigns,
  "0005_engine": engine,
  "0007_ledger_accounts": ledgerAccounts,
  "0008_scoring": scoring,
  "0009_segments": segmentsMore,
  "0010_campaigns": campaignGuards,
  "0011_notifications": notifications,
  "0012_books": books,
  "0013_second_factor": secondFactor,
  "0014_approval_content": approvalContent,
  "0015_campaign_result": campaignResult,
  "0016_refresh": refresh,
  "0017_segment_speed": segmentSpeed,
  "0018_drop_speed": dropSpeed,
  "0019_ledger_notices": ledgerNotices,
  "0020_results": results,
  "0021_staff_notices": staffNotices,
  "0022_test_messages": testMessages,
  "0023_refresh_plans": refreshPlans,
  "0024_message_campaigns": messageCampaigns,
  "0025_complaint_stop": complaintStop,
  "0026_product_pictures": productPictures,
  "0027_large_shops": largeShops,
  "0028_import_speed": importSpeed,
  "0029_brand_pictures": brandPictures,
  "0030_consent_holds": consentHolds,
  "0032_name_search": nameSearch,
  "0033_launched_words": launchedWords,
  "0034_strategy_message": strategyMessage,
  "0035_refused_addresses": refusedAddresses,
  "0037_cost_at_launch": costAtLaunch,
  "0040_auth_reset": authReset,
  "0043_opt_out_replies": optOutReplies,
  "0044_opt_out_notices": optOutNotices,
  "0045_phone_ends": phoneEnds,
  "0046_message_address": messageAddress,
  "0047_evidence_term": evidenceTerm,
  "0049_sender_domain": senderDomain,
  "0050_sender_domain_notice": senderDomainNotice,
  "0051_message_pictures": messagePictures,
  "0052_bounce_stop": bounceStop,
  "0054_reminder_days": reminderDays,
  "0055_sent_text": sentText,
  "0056_short_links": shortLinks,
  "0058_test_subjects": testSubjects,
  "0059_message_tracked": messageTracked,
  "0061_feedback_sources": feedbackSources,
};
