"use client";

import { useTranslations } from "next-intl";
import type { Brand } from "@/server/notifications/schema";
import { Card, Section } from "../../primitives/card";
import { Field } from "../../primitives/field";
import { Input, Textarea } from "../../primitives/input";
import type { PartProps } from "./rules";

const NULLABLE = ["replyTo", "shopUrl", "logoUrl"] as const;
const FOOTER = ["imprintUrl", "privacyUrl", "vatId", "register"] as const;
const orNull = (text: string) => (text.trim() === "" ? null : text);

/** Who the messages come from, and what stands below them. */
export function BrandFields({ value, onChange, disabled, problem }: PartProps<Brand>) {
  const t = useTranslations("sending.brand");
  const footer = value.footer;
  const setFooter = (change: Partial<Brand["footer"]>) => onChange({ footer: { ...footer, ...change } });
  return (
    <Section title={t("title")} description={t("text")}>
      <Card className="grid gap-4 sm:grid-cols-2">
        {(["senderName", "senderEmail"] as const).map((name) => (
          <Field key={name} label={t(name)} error={problem(name)} hint={name === "senderEmail" ? t("senderEmailHint") : undefined}>
            {(control) => (
              <Input {...control} value={value[name]} disabled={disabled} onChange={(event) => onChange({ [name]: event.target.value })} />
            )}
          </Field>
        ))}
        {NULLABLE.map((name) => (
          <Field key={name} label={t(name)} error={problem(name)}>
            {(control) => (
              <Input
                {...control}
                value={value[name] ?? ""}
                disabled={disabled}
                onChange={(event) => onChange({ [name]: orNull(event.target.value) })}
              />
            )}
          </Field>
        ))}
        <Field label={t("accent")} required hint={t("accentHint")} error={problem("accent")}>
          {(control) => (
            <Input {...control} value={value.accent} disabled={disabled} onChange={(event) => onChange({ accent: event.target.value })} />
          )}
        </Field>
        <Field label={t("company")} error={problem("footer.company")} hint={t("companyHint")}>
          {(control) => (
            <Input
              {...control}
              value={footer.company}
              disabled={disabled}
              onChange={(event) => setFooter({ company: event.target.value })}
            />
          )}
        </Field>
        <Field label={t("address")} error={problem("footer.address")}>
          {(control) => (
            <Textarea
              {...control}
              rows={3}
              value={footer.address}
              disabled={disabled}
              onChange={(event) => setFooter({ address: event.target.value })}
            />
          )}
        </Field>
        {FOOTER.map((name) => (
          <Field key={name} label={t(name)} error={problem(`footer.${name}`)}>
            {(control) => (
              <Input
                {...control}
                value={footer[name] ?? ""}
                disabled={disabled}
                onChange={(event) => setFooter({ [name]: orNull(event.target.value) })}
              />
            )}
          </Field>
        ))}
      </Card>
    </Section>
  );
}
