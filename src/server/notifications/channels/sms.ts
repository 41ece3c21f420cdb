import parsePhoneNumber, { isSupportedCountry } from "libphonenumber-js/min";
import { type Adapter, errorText, type Outcome, type SmsDelivery } from "./adapter";
import { guardedRequest, neverArrived } from "./guarded-request";

/** A phone number in E.164, or null when it cannot be one. Numbers without a country code are read as of the given country. */
export function e164(phone: string, country: string | null): string | null {
  const region = country && isSupportedCountry(country) ? country : undefined;
  const parsed = parsePhoneNumber(phone, region);
  return parsed?.isValid() ? parsed.number : null;
}

export type TwilioOptions = {
  accountSid: string;
  authToken: string;
  from: string | null;
  messagingServiceSid: string | null;
  /** Where Twilio reports what became of a message. */
  statusCallback: string | null;
  baseUrl?: string;
};

/** Codes that say the number can never be reached (Twilio's error dictionary). */
const BAD_NUMBER = new Set([21211, 21214, 21217, 21614, 21612]);
const OPTED_OUT = 21610;

/** Twilio's Messages resource (2010-04-01): form-encoded POST, HTTP Basic with account SID and token, 201 with a SID. */
export function twilioAdapter(options: TwilioOptions): Adapter<SmsDelivery> {
  const base = `${options.baseUrl ?? "https://api.twilio.com"}/2010-04-01/Accounts/${options.accountSid}`;
  const authorization = `Basic ${Buffer.from(`${options.accountSid}:${options.authToken}`).toString("base64")}`;
  const allowPrivate = options.baseUrl !== undefined;
  return {
    provider: "twilio",
    concurrency: 10,
    async send({ to, text }) {
      const form = new URLSearchParams({ To: to, Body: text });
      if (options.messagingServiceSid) form.set("MessagingServiceSid", options.messagingServiceSid);
      else form.set("From", options.from ?? "");
      if (options.statusCallback) form.set("StatusCallback", options.statusCallback);
      try {
        const answer = await guardedRequest(`${base}/Messages.json`, {
          method: "POST",
          headers: { authorization, "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
          body: form.toString(),
          allowPrivate,
        });
        return twilioOutcome(answer.status, answer.body);
      } catch (error) {
        return lost(error);
      }
    },
    async verify() {
      const answer = await guardedRequest(`${base}.json`, {
        method: "GET",
        headers: { authorization, accept: "application/json" },
        allowPrivate,
      });
      if (answer.status !== 200) throw new Error(`Twilio: ${answer.status.toString()} ${answer.body.slice(0, 200)}`);
      return options.accountSid;
    },
    close: () => undefined,
  };
}

const jsonField = (body: string, name: string): unknown => {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null && name in parsed ? (parsed as Record<string, unknown>)[name] : undefined;
  } catch {
    // A provider's error page is no JSON; the status alone decides then.
    return undefined;
  }
};

function twilioOutcome(status: number, body: string): Outcome {
  const error = `${status.toString()} ${body}`.slice(0, 500);
  const code = jsonField(body, "code");
  if (status === 201 || status === 200) {
    const sid = jsonField(body, "sid");
    return typeof sid === "string" ? { result: "sent", ref: sid } : { result: "unknown", error };
  }
  if (status === 429) return { result: "retry", error, down: true };
  // 5xx: Twilio advises against assuming either; a second SMS costs money and patience.
  if (status >= 500) return { result: "unknown", error };
  if (status === 401 || status === 403) return { result: "retry", error, down: true };
  if (code === OPTED_OUT) return { result: "failed", reason: "suppressed", error, bounce: "hard", code: String(code) };
  if (typeof code === "number" && BAD_NUMBER.has(code))
    return { result: "failed", reason: "hardBounce", error, bounce: "hard", code: String(code) };
  return { result: "failed", reason: "rejected", error, bounce: null, code: code === undefined ? null : String(code) };
}

const lost = (error: unknown): Outcome =>
  neverArrived(error) ? { result: "retry", error: errorText(error), down: true } : { result: "unknown", error: errorText(error) };

export type GatewayOptions = { url: string; token: string | null; from: string; allowPrivate?: boolean };

/** Any gateway that takes `{id, from, to, text}` as JSON with a bearer token and answers 2xx. The id lets it drop what it has seen. */
export function smsGatewayAdapter(options: GatewayOptions): Adapter<SmsDelivery> {
  const headers = {
    "content-type": "application/json",
    ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
  };
  const allowPrivate = options.allowPrivate ?? false;
  return {
    provider: "sms_http",
    concurrency: 10,
    async send({ id, to, text }) {
      try {
        const body = JSON.stringify({ id, from: options.from, to, text });
        const answer = await guardedRequest(options.url, {
          method: "POST",
          headers: { ...headers, "idempotency-key": id },
          body,
          allowPrivate,
        });
        const error = `${answer.status.toString()} ${answer.body}`.slice(0, 500);
        if (answer.status >= 200 && answer.status < 300) {
          const ref = jsonField(answer.body, "id");
          return { result: "sent", ref: typeof ref === "string" ? ref : null };
        }
        if (answer.status === 429 || answer.status === 401 || answer.status === 403) return { result: "retry", error, down: true };
        if (answer.status >= 500) return { result: "unknown", error };
        return { result: "failed", reason: "rejected", error, bounce: null, code: answer.status.toString() };
      } catch (error) {
        return lost(error);
      }
    },
    async verify() {
      const answer = await guardedRequest(options.url, { method: "GET", headers, allowPrivate });
      // A gateway may answer GET as it likes; a redirect is none: the messages would end there, too.
      if (answer.status === 401 || answer.status === 403 || answer.status >= 500 || (answer.status >= 300 && answer.status < 400))
        throw new Error(`${answer.status.toString()} ${answer.body.slice(0, 200)}`);
      return new URL(options.url).host;
    },
    close: () => undefined,
  };
}
