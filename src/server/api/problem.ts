import { createTranslator } from "next-intl";
import { z } from "zod";
import { type Locale, MESSAGES } from "@/messages";
import { AppError, type ErrorParams } from "@/server/errors";
import { toDecimal } from "@/server/money";

export const PROBLEM_TYPE = "urn:guthaben:problem:";

export const problemSchema = z.object({
  type: z.string().describe("`urn:guthaben:problem:` and the code"),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().describe("Stable; programs decide by it"),
  params: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .describe("Values of the detail; amounts as decimal strings of minor units"),
  instance: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ in: z.string(), path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** The parts of a request that did not parse. */
export class InvalidInput extends AppError {
  constructor(
    readonly part: string,
    readonly error: z.ZodError,
  ) {
    super("VALIDATION", { in: part }, { cause: error });
  }
}

const hasOwn = <T extends object>(object: T, key: PropertyKey): key is keyof T => Object.hasOwn(object, key);

/** Codes whose sentence names the values; each needs its params, so verbs that raise one of them pass them. */
const DETAILS = Object.keys(MESSAGES.de.api.details).filter((name) => hasOwn(MESSAGES.de.api.details, name));

const MONEY_PARAMS = ["missing", "requested", "available", "refundable", "held", "limit", "left"];

/** Amounts of the sentence with their decimals; the params keep minor units. */
function readable(params: ErrorParams): ErrorParams {
  const unit = params.unit;
  if (typeof unit !== "string") return params;
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) =>
      MONEY_PARAMS.includes(name) && typeof value === "string" && /^-?\d+$/.test(value)
        ? [name, `${toDecimal(BigInt(value), unit)} ${unit}`]
        : [name, value],
    ),
  );
}

const zodMessages = { de: z.locales.de(), en: z.locales.en() };

type Issue = z.core.$ZodIssue;

/** An alternative of another type (an object instead of a list, null instead of a text) is not what the caller meant. */
const anotherType = (issues: readonly Issue[]): boolean => issues.some((issue) => issue.code === "invalid_type" && issue.path.length === 0);

/**
 * "Invalid input" helps nobody: of several accepted shapes, the issues are those of the nearest one, of the right type and with the
 * fewest mistakes.
 */
function nearest(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const [best = []] = [...issue.errors].sort((a, b) => Number(anotherType(a)) - Number(anotherType(b)) || a.length - b.length);
  return best.flatMap((inner) => nearest({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** The fields a verb itself refused: by their name, or as a form is told of them. */
function namedFields({ code, params }: AppError): string[] {
  if (code !== "VALIDATION") return [];
  const { fields, field } = params;
  if (typeof field === "string") return [field];
  if (typeof fields !== "string") return [];
  return fields.startsWith("{")
    ? Object.keys(z.object({ fieldErrors: z.record(z.string(), z.unknown()) }).parse(JSON.parse(fields)).fieldErrors)
    : [fields];
}

function issuesOf(error: AppError, locale: Locale): Problem["errors"] {
  const part = error instanceof InvalidInput ? error.part : "body";
  const named = namedFields(error);
  // What a cursor holds is nobody's business but ours, so its own mistakes tell a caller nothing.
  if (named.includes("cursor")) return [{ in: "query", path: "cursor", message: MESSAGES[locale].api.issues.invalid }];
  if (!(error.cause instanceof z.ZodError)) return named.map((path) => ({ in: part, path, message: MESSAGES[locale].api.issues.invalid }));
  return error.cause.issues.flatMap(nearest).map((issue) => {
    // The issue keeps what went wrong, so its sentence can be made in the caller's language.
    const said = issue.code === "custom" ? undefined : zodMessages[locale].localeError(issue as z.core.$ZodRawIssue);
    const own = MESSAGES[locale].api.issues;
    const plain = hasOwn(own, issue.message) ? own[issue.message] : issue.message;
    const message = typeof said === "string" ? said : (said?.message ?? plain);
    return { in: part, path: issue.path.map(String).join("."), message };
  });
}

/** An error as a problem document (RFC 9457) in the caller's language. What is no business error is logged here and answered as INTERNAL. */
export function problemOf(thrown: unknown, at: { locale: Locale; requestId: string; instance: string }): Problem {
  const error = thrown instanceof AppError ? thrown : new AppError("INTERNAL", {}, { cause: thrown });
  if (error.code === "INTERNAL") console.error(`api ${at.instance} ${at.requestId}:`, error.cause ?? error);
  const messages = MESSAGES[at.locale];
  const title = messages.errors[error.code];
  const translate = createTranslator({ locale: at.locale, messages, namespace: "api.details" });
  const key = DETAILS.find((name) => name === error.code);
  const { fields: _fields, ...params } = error.params;
  const errors = issuesOf(error, at.locale);
  return {
    type: `${PROBLEM_TYPE}${error.code}`,
    title,
    status: error.status,
    detail: key ? translate(key, readable(params)) : title,
    code: error.code,
    params,
    instance: at.instance,
    requestId: at.requestId,
    ...(errors?.length ? { errors } : {}),
  };
}
