"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { Card } from "../primitives/card";
import { SegmentedControl } from "../primitives/choice";
import { Notice } from "../primitives/states";
import type { RouterOutput } from "../trpc";
import { MessageFrame } from "./message-frame";
import { TroubleText } from "./trouble-text";

type Body = Pick<RouterOutput["messages"]["get"], "subject" | "html" | "text" | "sms" | "push" | "broken">;

/** A rendered message of any channel, as it arrives. */
export function MessageBody({ body }: { body: Body }) {
  const t = useTranslations("messages.sheet");
  const [view, setView] = useState<"formatted" | "plain">("formatted");
  if (body.broken !== null)
    return (
      <Notice tone="danger" title={t("broken")}>
        <TroubleText words={body.broken} />
      </Notice>
    );
  if (body.sms)
    return (
      <Card>
        <p className="whitespace-pre-wrap text-sm [overflow-wrap:anywhere]">{body.text}</p>
        <p className="mt-3 text-muted text-xs">{t("smsParts", { count: body.sms.count })}</p>
      </Card>
    );
  if (body.push)
    return (
      <Card>
        <p className="font-medium text-sm [overflow-wrap:anywhere]">{body.push.title}</p>
        <p className="whitespace-pre-wrap text-sm [overflow-wrap:anywhere]">{body.push.body}</p>
        {body.push.url && <p className="mt-2 text-muted text-xs [overflow-wrap:anywhere]">{body.push.url}</p>}
      </Card>
    );
  return (
    <div className="flex flex-col gap-4">
      <SegmentedControl
        aria-label={t("view")}
        options={[
          { value: "formatted", label: t("formatted") },
          { value: "plain", label: t("plain") },
        ]}
        value={view}
        onValueChange={setView}
      />
      {view === "formatted" ? (
        <MessageFrame subject={body.subject} html={body.html} />
      ) : (
        <pre className="whitespace-pre-wrap rounded-lg border border-line bg-surface p-4 font-sans text-sm [overflow-wrap:anywhere]">
          {body.text}
        </pre>
      )}
    </div>
  );
}
