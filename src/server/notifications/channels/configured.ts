import { env } from "@/server/env";
import type { ShopContext } from "@/server/tenancy/context";
import type { Adapter, EmailDelivery, PushDelivery, SmsDelivery } from "./adapter";
import { pushAdapter } from "./push";
import { pushSettings, smsHttpSettings, smtpSettings, twilioSettings } from "./schema";
import { smsGatewayAdapter, twilioAdapter } from "./sms";
import { type Signing, smtpAdapter } from "./smtp";

type Made =
  | { channel: "email"; open: () => Adapter<EmailDelivery> }
  | { channel: "sms"; open: () => Adapter<SmsDelivery> }
  | { channel: "push"; open: () => Adapter<PushDelivery> };

/** Where a sealed secret belongs; part of its seal. */
export const secretPlace = (ctx: ShopContext, kind: string): string => `${ctx.orgId}:notification_channel:secret:${ctx.shopId}:${kind}`;

/** On one's own machine a gateway may be a neighbour; in production addresses typed by people lead to the public internet only. */
const allowPrivate = (): boolean => env().GUTHABEN_MODE === "local";

/** The adapter for stored settings; null while something it needs is missing. Nothing is connected before `open`. */
export function createAdapter(
  kind: "smtp" | "twilio" | "sms_http" | "push",
  settings: unknown,
  secret: string | null,
  statusCallback: string | null,
  signing: Signing | null = null,
): Made | null {
  if (kind === "smtp") {
    const parsed = smtpSettings.safeParse(settings);
    return parsed.success ? { channel: "email", open: () => smtpAdapter({ ...parsed.data, password: secret }, signing) } : null;
  }
  if (kind === "twilio") {
    const parsed = twilioSettings.safeParse(settings);
    if (!parsed.success || secret === null) return null;
    return { channel: "sms", open: () => twilioAdapter({ ...parsed.data, authToken: secret, statusCallback }) };
  }
  if (kind === "sms_http") {
    const parsed = smsHttpSettings.safeParse(settings);
    return parsed.success
      ? { channel: "sms", open: () => smsGatewayAdapter({ ...parsed.data, token: secret, allowPrivate: allowPrivate() }) }
      : null;
  }
  const parsed = pushSettings.safeParse(settings);
  if (!parsed.success || secret === null) return null;
  return { channel: "push", open: () => pushAdapter({ ...parsed.data, privateKey: secret, allowPrivate: allowPrivate() }) };
}
