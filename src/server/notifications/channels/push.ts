import webPush from "web-push";
import { type Adapter, errorText, type Outcome, type PushDelivery, type PushTarget } from "./adapter";
import { guardedRequest, neverArrived } from "./guarded-request";

export type PushOptions = { publicKey: string; privateKey: string; subject: string; allowPrivate?: boolean };

const TTL_SECONDS = 24 * 3_600;

export const createVapidKeys = (): { publicKey: string; privateKey: string } => webPush.generateVAPIDKeys();

/** Browser push (RFC 8030, 8291, 8292): encrypted for each of a person's browsers, signed with the shop's VAPID key. */
export function pushAdapter(options: PushOptions): Adapter<PushDelivery> {
  const vapidDetails = { subject: options.subject, publicKey: options.publicKey, privateKey: options.privateKey };
  const one = async (target: PushTarget, payload: string): Promise<{ status: number; error: string }> => {
    const details = webPush.generateRequestDetails(
      { endpoint: target.endpoint, keys: { p256dh: target.p256dh, auth: target.auth } },
      payload,
      {
        vapidDetails,
        TTL: TTL_SECONDS,
        contentEncoding: "aes128gcm",
        urgency: "normal",
      },
    );
    const headers = Object.fromEntries(Object.entries(details.headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
    delete headers["content-length"];
    const answer = await guardedRequest(details.endpoint, {
      method: "POST",
      headers,
      ...(details.body ? { body: details.body } : {}),
      allowPrivate: options.allowPrivate ?? false,
    });
    return { status: answer.status, error: `${answer.status.toString()} ${answer.body}`.slice(0, 500) };
  };
  return {
    provider: "push",
    concurrency: 10,
    async send({ targets, title, body, url, id }) {
      const payload = JSON.stringify({ title, body, url, tag: id });
      const gone: string[] = [];
      let reached = 0;
      let last: Outcome = { result: "failed", reason: "noAddress", error: "no browser", bounce: null, code: null };
      for (const target of targets) {
        try {
          const { status, error } = await one(target, payload);
          if (status >= 200 && status < 300) reached++;
          else if (status === 404 || status === 410) {
            gone.push(target.id);
            last = { result: "failed", reason: "unreachable", error, bounce: null, code: status.toString() };
          } else if (status === 429 || status >= 500) last = { result: "retry", error, down: false };
          else last = { result: "failed", reason: "rejected", error, bounce: null, code: status.toString() };
        } catch (error) {
          last = neverArrived(error)
            ? { result: "retry", error: errorText(error), down: false }
            : { result: "unknown", error: errorText(error) };
        }
      }
      if (reached > 0) return { result: "sent", ref: null, gone };
      return last.result === "failed" ? { ...last, gone } : last;
    },
    verify: async () => {
      webPush.getVapidHeaders("https://push.example.com", options.subject, options.publicKey, options.privateKey, "aes128gcm");
      return options.subject;
    },
    close: () => undefined,
  };
}
