import type { SkipReason } from "../schema";

/** A rendered message on its way to one person. */
export type EmailDelivery = {
  channel: "email";
  id: string;
  to: string;
  from: { name: string; address: string };
  replyTo: string | null;
  /** Where mail that cannot be delivered goes back to: the sender of the envelope. Without one it is the visible sender. */
  returnTo?: string | null;
  subject: string;
  html: string;
  text: string;
  /** Addresses of the List-Unsubscribe header; empty for transactional mail. */
  unsubscribe: readonly string[];
  messageId: string;
};
export type SmsDelivery = { channel: "sms"; id: string; to: string; text: string };
export type PushTarget = { id: string; endpoint: string; p256dh: string; auth: string };
export type PushDelivery = { channel: "push"; id: string; targets: readonly PushTarget[]; title: string; body: string; url: string };
export type Delivery = EmailDelivery | SmsDelivery | PushDelivery;

/**
 * What a provider did with one message. `retry` is only said when it certainly did not accept it; whoever cannot know says `unknown`, and a
 * person decides instead of a second message going out.
 */
export type Outcome =
  | { result: "sent"; ref: string | null; gone?: readonly string[] }
  | {
      result: "retry";
      error: string;
      /** The provider is out of reach, or takes nothing from this sender: no use in trying the next one, and no attempt of this one. */
      down: boolean;
      /** It may be about this message after all: an attempt of it. */
      counted?: boolean;
    }
  | { result: "failed"; reason: SkipReason; error: string; bounce: "hard" | "soft" | null; code: string | null; gone?: readonly string[] }
  | { result: "unknown"; error: string };

/** The one interface of all channels. */
export type Adapter<D extends Delivery = Delivery> = {
  readonly provider: string;
  /** How many messages may be under way at once. */
  readonly concurrency: number;
  send(delivery: D): Promise<Outcome>;
  /** Proves that settings and secret work, without sending anything to a customer. Throws with what to do about it. */
  verify(): Promise<string>;
  close(): void;
};

/** What others answered, as PostgreSQL can keep it: it knows every character but U+0000. */
export const withoutNul = (text: string): string => text.replaceAll("\0", "");

export const errorText = (error: unknown): string => withoutNul(error instanceof Error ? error.message : String(error)).slice(0, 500);

const CONTROL = /[\p{Cc}\u2028\u2029]/u;
/** True when a value could end a header line and begin another one (domain.md B22). */
export const breaksHeader = (...values: readonly string[]): boolean => values.some((value) => CONTROL.test(value));
