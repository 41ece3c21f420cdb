import { render } from "@react-email/render";
import { createElement } from "react";
import type { ShopContext, TenantTrx } from "@/server/tenancy/context";
import type { EmailDelivery } from "./channels/adapter";
import { senderDomain, senderOf } from "./compose";
import { readSettings } from "./settings";
import { STAFF_FOOTER, StaffDocument, type StaffItem } from "./templates/staff-document";
import type { MessageLocale } from "./templates/values";

/** What the shop's own people are told. `id` names the e-mail for ever. */
export type StaffEmail = { id: string; to: string; locale: MessageLocale; subject: string; items: StaffItem[] };

/** The shop's own green; a brand's colour belongs to its customers' e-mails, where its contrast is checked. */
const ACCENT = "#14603f";
const SUBJECT = 400;

/**
 * An e-mail to people of the shop as its channel takes it, from the shop's own sender. Transactional: no list to leave, no consent to ask,
 * and nothing about a customer in it.
 */
export async function composeStaffEmails(handle: TenantTrx, ctx: ShopContext, emails: readonly StaffEmail[]): Promise<EmailDelivery[]> {
  const settings = await readSettings(handle, ctx);
  const shop = await handle.trx.selectFrom("shop").select("name").where("id", "=", ctx.shopId).executeTakeFirstOrThrow();
  const made: EmailDelivery[] = [];
  for (const { id, to, locale, items, ...email } of emails) {
    const subject = email.subject
      .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
      .trim()
      .slice(0, SUBJECT);
    const html = await render(createElement(StaffDocument, { locale, subject, shopName: shop.name, accent: ACCENT, items }));
    const text = [
      shop.name,
      ...items.map((item) => `${item.text}\n${item.detail}\n${item.label}: ${item.url}`),
      STAFF_FOOTER[locale](shop.name),
    ].join("\n\n");
    made.push({
      ...{ channel: "email", id, to, from: senderOf({ settings, shop }), replyTo: null },
      ...{ subject, html, text, unsubscribe: [], messageId: `<staff.${id}.${ctx.shopId}@${senderDomain(settings)}>` },
    });
  }
  return made;
}
