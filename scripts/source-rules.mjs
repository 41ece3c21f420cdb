// Rules about the text of a source file that an import graph cannot show.

const MAX_LINES = 400;
const MAX_ROUTER_LINES = 150;
const TEST = /\.test\.tsx?$/;

/** Statements that change ledger tables or call the functions that do. */
const LEDGER_WRITE =
  /\b(?:insertInto|updateTable|deleteFrom|mergeInto)\(\s*["'`]ledger\.|\b(?:insert\s+into|update|delete\s+from|truncate|copy|merge\s+into)\s+(?:table\s+|only\s+)?"?ledger"?\./i;
/** Files whose default export Next or a tool asks for. */
const DEFAULT_EXPORT_ALLOWED = /^src\/app\/|^src\/(?:proxy|instrumentation)\.ts$|^db\/testing\.setup\.ts$|^src\/ui\/i18n-request\.ts$/;
const BARREL = /^\s*export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*(?:as\s+\w+\s+)?from\s/m;

/** Without comments, so that prose may name what code must not do. Strings stay: SQL lives in them. */
const withoutComments = (text) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");

const RULES = [
  {
    rule: "only-ledger-writes",
    // The database refuses it as well: only the role guthaben_ledger may write, through its functions.
    applies: (path) => !/^src\/server\/ledger\/|^db\/(?:migrations|ledger)\//.test(path) && !TEST.test(path),
    find: (text) => LEDGER_WRITE.exec(withoutComments(text))?.[0],
  },
  {
    rule: "no-barrels",
    applies: (path) => !TEST.test(path),
    find: (text) => BARREL.exec(withoutComments(text))?.[0].trim(),
  },
  {
    rule: "no-default-exports",
    applies: (path) => !DEFAULT_EXPORT_ALLOWED.test(path),
    find: (text) => /^export default\b.*/m.exec(withoutComments(text))?.[0],
  },
  {
    rule: "file-length",
    applies: (path) => !/\.d\.ts$/.test(path),
    find: (text, path) => {
      const lines = text.split("\n").length - 1;
      const limit = /(^|\/)router\.ts$/.test(path) ? MAX_ROUTER_LINES : MAX_LINES;
      return lines > limit ? `${lines} lines (limit ${limit})` : undefined;
    },
  },
];

/** @param {Map<string, string>} sources text by path */
export function sourceViolations(sources) {
  const violations = [];
  for (const [path, text] of sources)
    for (const { rule, applies, find } of RULES) {
      const found = applies(path) ? find(text, path) : undefined;
      if (found) violations.push({ rule, from: path, to: found });
    }
  return violations;
}
