import { createVerify, X509Certificate } from "node:crypto";
import { z } from "zod";
import { errorText } from "../channels/adapter";
import { guardedRequest } from "../channels/guarded-request";

/** Fetches an address of Amazon's; a test brings its own. */
export type FetchPage = (url: string) => Promise<{ status: number; body: string }>;
export const fetchPage: FetchPage = (url) => guardedRequest(url, { method: "GET", timeoutMs: 5_000 });

const text = z.string().max(300_000);
export const snsSchema = z.object({
  Type: z.enum(["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]),
  MessageId: text,
  TopicArn: z.string().regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]{1,256}$/),
  Message: text,
  Subject: text.nullish(),
  Token: text.nullish(),
  SubscribeURL: text.nullish(),
  Timestamp: text,
  SignatureVersion: z.enum(["1", "2"]),
  Signature: text,
  SigningCertURL: z.string().max(500),
});
export type SnsMessage = z.output<typeof snsSchema>;

/** What is signed, in the order of its names; a confirmation has an address and a token, a notification may have a subject. */
const SIGNED = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
} as const satisfies Record<SnsMessage["Type"], readonly (keyof SnsMessage)[]>;

/** Only SNS itself, in one of its regions: a message names the address of the certificate that it wants to be believed by. */
const HOST = /^sns\.[a-z]{2,5}(?:-[a-z]+)+-\d{1,2}\.amazonaws\.com(?:\.cn)?$/;
const snsUrl = (address: string): URL | null => {
  const url = URL.canParse(address) ? new URL(address) : null;
  const right = url?.protocol === "https:" && url.port === "" && url.username === "" && url.password === "" && HOST.test(url.hostname);
  return right ? url : null;
};

const certificates = new Map<string, { pem: string; at: number }>();
const KEPT = 20;
const KEPT_MS = 24 * 3_600_000;

/** Kept for a day. What could not be fetched is not remembered: SNS asks again. */
async function certificateAt(url: string, fetch: FetchPage): Promise<X509Certificate | null> {
  const kept = certificates.get(url);
  const pem = kept && Date.now() - kept.at < KEPT_MS ? kept.pem : await fetched(url, fetch);
  if (pem === null) return null;
  const certificate = new X509Certificate(pem);
  if (kept?.pem === pem) return certificate;
  const oldest = certificates.keys().next().value;
  if (certificates.size >= KEPT && oldest !== undefined) certificates.delete(oldest);
  certificates.set(url, { pem, at: Date.now() });
  return certificate;
}

async function fetched(url: string, fetch: FetchPage): Promise<string | null> {
  const answer = await fetch(url);
  return answer.status === 200 ? answer.body : null;
}

export type SnsVerdict = "right" | "wrong" | "noCertificate";

/** Whether Amazon SNS signed this message. "noCertificate" is no verdict: the certificate could not be had this time. */
export async function verifySns(message: SnsMessage, fetch: FetchPage): Promise<SnsVerdict> {
  const url = snsUrl(message.SigningCertURL);
  if (!url?.pathname.endsWith(".pem")) return "wrong";
  let certificate: X509Certificate | null;
  try {
    certificate = await certificateAt(url.href, fetch);
  } catch (error) {
    console.error(`feedback of Amazon SES: certificate ${url.href}: ${errorText(error)}`);
    return "noCertificate";
  }
  if (!certificate) return "noCertificate";
  const now = Date.now();
  if (now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo)) return "wrong";
  const check = createVerify(message.SignatureVersion === "1" ? "RSA-SHA1" : "RSA-SHA256");
  for (const name of SIGNED[message.Type]) {
    const value = message[name];
    if (typeof value === "string") check.update(`${name}\n${value}\n`);
  }
  return check.verify(certificate.publicKey, message.Signature, "base64") ? "right" : "wrong";
}

/** Visits the address that a confirmation of a subscription names, which its signature covers. Returns whether SNS took it. */
export async function confirmSubscription(message: SnsMessage, fetch: FetchPage): Promise<boolean> {
  const url = snsUrl(message.SubscribeURL ?? "");
  if (url?.searchParams.get("Action") !== "ConfirmSubscription") return false;
  try {
    return (await fetch(url.href)).status === 200;
  } catch (error) {
    console.error(`feedback of Amazon SES: confirming a subscription: ${errorText(error)}`);
    return false;
  }
}
