"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { Notice } from "../../primitives/states";
import { shopPath } from "../../shell/navigation";
import { useShop } from "../../shell/shop-context";
import { trpc } from "../../trpc";

type Hearing = "unknown" | "none" | "silent" | "heard";

/** Whether complaints and late bounces reach this shop: nobody reports, or somebody is set up and has said nothing yet. */
export function useHearing(): { hearing: Hearing; sends: boolean } {
  const shop = useShop();
  const { data: channels } = trpc.messages.channels.list.useQuery({ shopId: shop.id });
  const { data: providers } = trpc.messages.feedback.list.useQuery({ shopId: shop.id });
  if (!channels || !providers) return { hearing: "unknown", sends: false };
  const sends = channels.some(({ kind, source }) => kind === "smtp" && source !== "none");
  // What a mail server returns by itself is not counted; who set it up is taken at their word.
  if (channels.some(({ kind, enabled }) => kind === "inbound" && enabled)) return { hearing: "heard", sends };
  if (providers.length === 0) return { hearing: "none", sends };
  return { hearing: providers.some(({ heardAt }) => heardAt !== null) ? "heard" : "silent", sends };
}

/** No complaint is heard of before providers know where to report it. */
export function FeedbackNotice({ hearing }: { hearing: Hearing }) {
  const t = useTranslations("sending.deliverability");
  const shop = useShop();
  if (hearing === "unknown" || hearing === "heard") return null;
  return (
    <Notice
      tone="warning"
      title={t(hearing === "none" ? "blind" : "silent")}
      action={
        <Link
          className="text-accent text-sm underline underline-offset-2"
          href={`${shopPath(shop.id, "/settings/messages?tab=channels")}#feedback`}
        >
          {t("blindLink")}
        </Link>
      }
    >
      {t(hearing === "none" ? "blindText" : "silentText")}
    </Notice>
  );
}
