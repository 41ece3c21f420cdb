import type { Route } from "./route";
import { campaignRoutes } from "./routes/campaigns";
import { customerRoutes } from "./routes/customers";
import { eventRoutes } from "./routes/events";
import { importRoutes } from "./routes/imports";
import { ledgerRoutes } from "./routes/ledger";
import { ledgerPeopleRoutes } from "./routes/ledger-people";
import { orderRoutes } from "./routes/orders";
import { productRoutes } from "./routes/products";
import { scoringRoutes } from "./routes/scoring";
import { segmentRoutes } from "./routes/segments";

/** Every endpoint of REST v1; one line per domain. */
export const apiRoutes: readonly Route[] = [
  ...campaignRoutes,
  ...customerRoutes,
  ...eventRoutes,
  ...importRoutes,
  ...orderRoutes,
  ...productRoutes,
  ...ledgerRoutes,
  ...ledgerPeopleRoutes,
  ...scoringRoutes,
  ...segmentRoutes,
];
