import type { Route } from "./route";
import { campaignRoutes } from "./routes/campaigns";
import { ledgerRoutes } from "./routes/ledger";
import { segmentRoutes } from "./routes/segments";

/** Every endpoint of REST v1; one line per domain. */
export const apiRoutes: readonly Route[] = [...campaignRoutes, ...ledgerRoutes, ...segmentRoutes];
