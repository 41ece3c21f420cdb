/*
 * The direction rules of the house. scripts/boundaries.mjs runs them over the sources with types stripped, so `import type` is always
 * allowed and every edge seen here exists at run time. What dependency-cruiser cannot see (who writes to which table, barrels, default
 * exports, lengths) is in scripts/source-rules.mjs. scripts/boundaries.test.ts plants a violation of every rule.
 */

/** Rooms from the bottom up: a room may import from its own storey and from those below. */
const STOREYS = [
  ["auth", "tenancy", "audit", "jobs"],
  ["customers", "orders", "catalogue", "activity"],
  ["ledger", "scoring"],
  ["segments"],
  ["notifications", "campaigns", "loyalty", "flows", "connectors"],
  ["roi", "agency", "privacy"],
];
const room = (names) => `^src/server/(${names.join("|")})/`;
const upwards = STOREYS.slice(0, -1).map((names, storey) => ({
  name: `rooms-point-down-${storey}`,
  comment: `${names.join(", ")} must not import from the rooms above`,
  severity: "error",
  from: { path: room(names), pathNot: "\\.test\\.tsx?$" },
  to: { path: room(STOREYS.slice(storey + 1).flat()) },
}));

/** Calculations: everything comes in as an argument, `now` too. */
const KERNELS = [
  "^src/server/(money|errors|time)\\.ts$",
  "^src/server/auth/permissions\\.ts$",
  "^src/server/.+/schema\\.ts$",
  "^src/server/segments/(language/|(anniversary|evaluate|evaluate-function|event-kinds|fields|parameters|semantics|strategies)\\.ts$)",
  "^src/server/scoring/(rfm|rfm-groups|kmeans|log-gamma|bg-nbd|gamma-gamma|clv|nelder-mead|spend-tier|backtest|fit)\\.ts$",
  "^src/server/roi/(statistics/|verdict\\.ts$|curves\\.ts$)",
  "^src/server/campaigns/(assignment|launch-checks|offer|schedule|sha256)\\.ts$",
  "^src/server/notifications/sender-domain/(dkim-record|dmarc-record|organisational-domain|spf-record|tag-list)\\.ts$",
  "^src/server/notifications/(decide|policy|render-message|texts|trouble|visible-email)\\.ts$",
  "^src/server/connectors/csv/(guess-mapping|order-status|parse-values|split-records)\\.ts$",
  "^src/server/customers/country-code\\.ts$",
  "^src/server/audit/canonical-json\\.ts$",
  "^src/server/ledger/(chain-ladder|accounting/datev)\\.ts$",
];
/** The part of the server that the browser may load: shapes, and calculations on them. */
const SHARED_WITH_UI = [
  "^src/server/.+/schema\\.ts$",
  "^src/server/(money|errors|time)\\.ts$",
  "^src/server/auth/permissions\\.ts$",
  "^src/server/segments/(language/|fields\\.ts$)",
  "^src/server/notifications/(texts|trouble)\\.ts$",
];
const TESTS = "\\.test\\.tsx?$";
const SQL = ["^src/server/db\\.ts$", "(^|/)queries\\.ts$", "node_modules/(kysely|pg|pg-copy-streams)/"];

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "two files that need each other are one subject, or a third file is missing",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "server-below-ui",
      comment: "the server knows nothing about how it is shown",
      severity: "error",
      from: { path: "^src/server/" },
      to: { path: "^src/(ui|app)/" },
    },
    {
      name: "server-below-functions",
      comment: "verbs enqueue events; they do not know which function hears them",
      severity: "error",
      from: { path: "^src/server/", pathNot: TESTS },
      to: { path: "^inngest/" },
    },
    {
      name: "ui-below-app",
      comment: "routes are made of components, not the other way round",
      severity: "error",
      from: { path: "^src/ui/" },
      to: { path: "^src/app/" },
    },
    {
      name: "ui-only-shapes",
      comment: "the browser gets schema.ts and pure calculations; data comes through tRPC",
      severity: "error",
      from: { path: "^src/ui/", pathNot: TESTS },
      to: { path: "^(src/server|inngest|db)/", pathNot: SHARED_WITH_UI },
    },
    {
      name: "adapters-without-sql",
      comment: "routers, REST routes, functions and pages parse, call one verb and return",
      severity: "error",
      from: { path: ["^src/app/", "^src/ui/", "(^|/)router\\.ts$", "^src/server/api/", "^inngest/functions/"], pathNot: TESTS },
      to: { path: SQL },
    },
    {
      name: "functions-call-verbs",
      comment: "functions are adapters: no pages, no components",
      severity: "error",
      from: { path: "^inngest/" },
      to: { path: "^src/(ui|app)/" },
    },
    {
      name: "queries-stay-home",
      comment: "queries.ts is private to its room; others call a verb",
      severity: "error",
      from: { path: "^(src/server/[^/]+|src/ui|src/app|inngest)/", pathNot: TESTS },
      to: { path: "^src/server/.+/queries\\.ts$", pathNot: "^$1/" },
    },
    {
      name: "adapters-on-top",
      comment: "verbs do not know the router, the REST routes or other adapters that expose them",
      severity: "error",
      from: { path: "^src/server/", pathNot: ["^src/server/(trpc|api)/", TESTS] },
      to: { path: ["^src/server/trpc/root\\.ts$", "^src/server/api/routes", "^src/server/[^/]+/router\\.ts$"] },
    },
    {
      name: "pure-kernels",
      comment: "a calculation imports no database, environment, clock or Node API: now is an argument",
      severity: "error",
      from: { path: KERNELS, pathNot: TESTS },
      to: {
        path: [
          "^src/server/(db|env|clock)\\.ts$",
          "(^|/)queries\\.ts$",
          "^db/",
          "^inngest/",
          "node_modules/(kysely|pg|pg-copy-streams|next|inngest)/",
        ],
      },
    },
    {
      name: "pure-kernels-without-node",
      comment: "a calculation runs in the browser too",
      severity: "error",
      from: { path: KERNELS, pathNot: TESTS },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "not-to-tests",
      comment: "code does not lean on tests",
      severity: "error",
      from: { path: "^(src|inngest|db)/", pathNot: [TESTS, "^db/testing"] },
      to: { path: [TESTS, "^db/testing"] },
    },
    {
      name: "unresolvable",
      comment: "an import that leads nowhere",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    ...upwards,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      mainFields: ["module", "main", "types"],
    },
  },
};
