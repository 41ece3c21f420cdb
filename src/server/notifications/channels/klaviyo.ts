import { toDecimal } from "@/server/money";
import { errorText } from "./adapter";
import { guardedRequest, neverArrived } from "./guarded-request";

export type KlaviyoOptions = { apiKey: string; baseUrl?: string };

/** The API revision this was written against (Klaviyo's `revision` header). */
const REVISION = "2024-10-15";

/** What Klaviyo's flows are told. Amounts as decimals, because Klaviyo's own conditions compare numbers. */
export type KlaviyoEvent = {
  /** De-duplicates at Klaviyo: sent twice, counted once. */
  uniqueId: string;
  metric:
    | "Store Credit Added"
    | "Store Credit Available"
    | "Store Credit Deducted"
    | "Store Credit Will Expire"
    | "Store Credit Expired"
    | "Store Credit Recalled";
  email: string | null;
  externalId: string;
  time: Date;
  unit: string;
  amount: bigint;
  balance: bigint;
  upcoming: bigint;
  /** How long before the expiry a reminder stands, for flows that want one of several. */
  hours: number | null;
  expiresAt: Date | null;
};

const headersOf = ({ apiKey }: KlaviyoOptions): Record<string, string> => ({
  authorization: `Klaviyo-API-Key ${apiKey}`,
  accept: "application/vnd.api+json",
  "content-type": "application/vnd.api+json",
  revision: REVISION,
});

const base = (options: KlaviyoOptions): string => options.baseUrl ?? "https://a.klaviyo.com";

/** A decimal for Klaviyo, exact up to fifteen digits: JSON numbers there are doubles, and no shop credits more. */
const decimal = (minor: bigint, unit: string): number => Number(toDecimal(minor, unit));

const bodyOf = (event: KlaviyoEvent): string =>
  JSON.stringify({
    data: {
      type: "event",
      attributes: {
        unique_id: event.uniqueId,
        time: event.time.toISOString(),
        value: decimal(event.amount, event.unit),
        ...(/^[A-Z]{3}$/.test(event.unit) ? { value_currency: event.unit } : {}),
        properties: {
          amount: decimal(event.amount, event.unit),
          balance: decimal(event.balance, event.unit),
          upcoming_balance: decimal(event.upcoming, event.unit),
          currency: event.unit,
          expires_at: event.expiresAt?.toISOString() ?? null,
          ...(event.hours === null ? {} : { hours_before_expiry: event.hours }),
        },
        metric: { data: { type: "metric", attributes: { name: event.metric } } },
        profile: {
          data: { type: "profile", attributes: { ...(event.email ? { email: event.email } : {}), external_id: event.externalId } },
        },
      },
    },
  });

export type KlaviyoOutcome = { result: "sent" } | { result: "retry"; error: string } | { result: "refused"; error: string };

/** Klaviyo's Create Event. Safe to repeat: the same unique_id counts once. */
export async function sendKlaviyoEvent(options: KlaviyoOptions, event: KlaviyoEvent): Promise<KlaviyoOutcome> {
  try {
    const answer = await guardedRequest(`${base(options)}/api/events/`, {
      method: "POST",
      headers: headersOf(options),
      body: bodyOf(event),
      allowPrivate: options.baseUrl !== undefined,
    });
    if (answer.status >= 200 && answer.status < 300) return { result: "sent" };
    const error = `${answer.status.toString()} ${answer.body}`.slice(0, 500);
    const passes = answer.status === 429 || answer.status >= 500 || answer.status === 401 || answer.status === 403;
    return passes ? { result: "retry", error } : { result: "refused", error };
  } catch (error) {
    return { result: "retry", error: `${neverArrived(error) ? "" : "unanswered: "}${errorText(error)}` };
  }
}

export async function verifyKlaviyo(options: KlaviyoOptions): Promise<string> {
  const answer = await guardedRequest(`${base(options)}/api/accounts/`, {
    method: "GET",
    headers: headersOf(options),
    allowPrivate: options.baseUrl !== undefined,
  });
  if (answer.status !== 200) throw new Error(`Klaviyo: ${answer.status.toString()} ${answer.body.slice(0, 200)}`);
  return "a.klaviyo.com";
}
