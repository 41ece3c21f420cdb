"use client";

import { useTranslations } from "next-intl";
import { Loaded } from "../../analytics/loading";
import { Notice } from "../../primitives/states";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";
import { ChannelForm } from "./channel-form";
import { Inbound } from "./inbound";
import { PushChannel } from "./push-channel";

const FORMS = ["smtp", "twilio", "sms_http", "klaviyo"] as const;

/** Every way out of the shop, and the way back in for what became of the messages. */
export function Channels() {
  const t = useTranslations("sending.channels");
  const shop = useShop();
  const query = trpc.messages.channels.list.useQuery({ shopId: shop.id });
  return (
    <Loaded query={query}>
      {(channels) => {
        const of = (kind: (typeof channels)[number]["kind"]) => channels.find((one) => one.kind === kind);
        const smtp = of("smtp");
        const push = of("push");
        const inbound = of("inbound");
        return (
          <div className="flex min-w-0 flex-col gap-10">
            {!shop.can("shop.manage") && <Notice tone="info" title={t("readOnly")} />}
            {smtp && smtp.source !== "settings" && (
              <Notice
                tone={smtp.source === "environment" ? "info" : "warning"}
                title={smtp.source === "environment" ? t("fromServer") : t("localOnly")}
              >
                {smtp.source === "environment" ? t("fromServerText") : t("localOnlyText")}
              </Notice>
            )}
            {FORMS.map((kind) => {
              const channel = of(kind);
              return channel ? <ChannelForm key={kind} kind={kind} channel={channel} /> : null;
            })}
            {push && <PushChannel channel={push} />}
            {inbound && shop.can("shop.manage") && <Inbound channel={inbound} />}
          </div>
        );
      }}
    </Loaded>
  );
}
