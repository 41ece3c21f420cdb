import type { Route } from "./route";
import { ledgerRoutes } from "./routes/ledger";

/** Every endpoint of REST v1; one line per domain. */
export const apiRoutes: readonly Route[] = [...ledgerRoutes];
