import { z } from "zod";
import { unstorable } from "./storable";

/** Every business error of the product. The code is the key of its translation and the last part of its problem-details type. */
export const ERROR_STATUS = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  VALIDATION: 422,
  TOO_MANY_REQUESTS: 429,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  METHOD_NOT_ALLOWED: 405,
  MALFORMED_BODY: 400,
  INTERNAL: 500,
  // sign-in and tenancy
  INVALID_CREDENTIALS: 401,
  INVITATION_INVALID: 410,
  LAST_OWNER: 409,
  EMAIL_TAKEN: 409,
  WEAK_PASSWORD: 422,
  STEP_UP_REQUIRED: 403,
  SECOND_FACTOR_CODE: 401,
  SECOND_FACTOR_WRONG: 401,
  SECOND_FACTOR_REQUIRED: 403,
  SECOND_FACTOR_STATE: 409,
  SECOND_FACTOR_FIRST: 409,
  CURRENCY_FIXED: 409,
  KEY_LIMIT: 409,
  ALREADY_MEMBER: 409,
  MEMBER_ELSEWHERE: 409,
  // ledger
  IDEMPOTENCY_KEY_MISSING: 400,
  IDEMPOTENCY_CONFLICT: 409,
  INSUFFICIENT_CREDIT: 409,
  CREDIT_TERMS_UNMET: 409,
  NO_OPEN_HOLD: 409,
  HOLD_EXISTS: 409,
  CAPTURE_EXCEEDS_HOLD: 422,
  REFUND_EXCEEDS_CAPTURE: 422,
  BUDGET_EXCEEDED: 409,
  UNKNOWN_UNIT: 422,
  EXPIRES_IN_PAST: 422,
  LIMIT_EXCEEDED: 403,
  CREDIT_LEFT: 409,
  // segments and campaigns
  SEGMENT_SYNTAX: 422,
  SEGMENT_IN_USE: 409,
  SEGMENT_NAME_TAKEN: 409,
  SEGMENT_SUPERSEDED: 409,
  SEGMENT_TOO_SLOW: 503,
  CAMPAIGN_STATE: 409,
  EMPTY_AUDIENCE: 422,
  SCHEDULE_IN_PAST: 422,
  APPROVAL_REQUIRED: 409,
  APPROVAL_OWN: 403,
  APPROVAL_AGENCY: 403,
  APPROVAL_VOID: 409,
  SHOP_HALTED: 409,
  EXPIRY_LAW: 422,
  NOTHING_TO_RECALL: 409,
  AUDIENCE_GREW: 409,
  // imports
  IMPORT_FORMAT: 422,
  IMPORT_MAPPING: 422,
  IMPORT_STATE: 409,
  // messages
  SECRET_UNREADABLE: 409,
  TEMPLATE_INVALID: 422,
  CHANNEL_INCOMPLETE: 422,
  CHANNEL_FAILED: 422,
  SENDER_MISSING: 422,
  DKIM_NOT_PUBLISHED: 409,
  DKIM_UNASKED: 503,
  LINK_INVALID: 410,
  SIGNATURE_INVALID: 401,
  FEEDBACK_REFUSED: 401,
  FEEDBACK_UNPROVEN: 503,
  FEEDBACK_KEY: 422,
  ADDRESS_MISSING: 422,
  MESSAGE_STATE: 409,
  // jobs
  RUN_STATE: 409,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** Values for the translated sentence, such as the missing amount. Bigints travel as decimal strings. */
export type ErrorParams = Record<string, string | number>;

/** An expected failure: translated for people, a problem document for machines. Anything else that is thrown is a defect. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams = {}, options?: { cause?: unknown }) {
    super(`${code}${Object.keys(params).length > 0 ? ` ${JSON.stringify(params)}` : ""}`, options);
    this.name = "AppError";
    this.code = code;
    this.params = params;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }
}

/** Parses input at a boundary; a failure names every field. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const refuse = (error: z.ZodError) => new AppError("VALIDATION", { fields: JSON.stringify(z.flattenError(error)) }, { cause: error });
  const bad = unstorable(input);
  if (bad) throw refuse(bad);
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw refuse(parsed.error);
}
