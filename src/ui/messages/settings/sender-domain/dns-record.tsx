"use client";

import { useTranslations } from "next-intl";
import type { DnsRecord } from "@/server/notifications/sender-domain/schema";
import { CodeBlock } from "../../../primitives/code";
import { SecretLine } from "../../../settings/secret-line";

/** A record to be entered where the domain's DNS is kept. `strings`: the value in the parts that a zone file asks for. */
export function DnsRecordLines({ record, strings }: { record: DnsRecord; strings?: readonly string[] }) {
  const t = useTranslations("senderDomain.record");
  const { name, type, value } = record;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="grid min-w-0 gap-3 sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
        <div className="flex min-w-0 flex-col gap-1.5">
          <p className="font-medium text-ink text-xs">
            {t("name")} ({t("type")}: {type})
          </p>
          <SecretLine text={name} copyLabel={t("copyName", { name })} />
        </div>
        <div className="flex min-w-0 flex-col gap-1.5">
          <p className="font-medium text-ink text-xs">{t("value")}</p>
          <SecretLine text={value} copyLabel={t("copyValue", { name })} />
        </div>
      </div>
      <p className="text-muted text-xs">{t("nameHint")}</p>
      {strings && strings.length > 1 && (
        <details className="text-muted text-xs">
          <summary className="w-fit cursor-pointer rounded text-muted hover:text-ink">{t("strings")}</summary>
          <div className="min-w-0 py-2">
            <CodeBlock
              text={strings.map((one) => `"${one}"`).join("\n")}
              label={t("strings")}
              copyLabel={t("copyStrings", { name })}
              wrap
            />
          </div>
        </details>
      )}
    </div>
  );
}
