"use client";

import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { brandSchema, contrast } from "@/server/notifications/schema";
import { useErrorText } from "../../error-text";
import { Button } from "../../primitives/button";
import { Section } from "../../primitives/card";
import { Field } from "../../primitives/field";
import { useIssueText } from "../../primitives/form";
import { Input, Textarea } from "../../primitives/input";
import { toastSuccess } from "../../primitives/toast";
import { useShop } from "../../shell/shop-context";
import { type RouterOutput, trpc } from "../../trpc";
import { BrandPreview } from "./brand-preview";
import { brandOf, type Name, typedOf } from "./brand-typed";
import { PictureUpload } from "./picture-upload";

type BrandFormProps = { settings: RouterOutput["messages"]["settings"]["get"]; onDirty: () => void; onSaved: () => void };

/** The brand's fields, and beside them an e-mail in it as it is being written. */
export function BrandForm({ settings, onDirty, onSaved }: BrandFormProps) {
  const t = useTranslations("templates.brand");
  const shop = useShop();
  const utils = trpc.useUtils();
  const errorText = useErrorText();
  const issueText = useIssueText();
  const [typed, setTyped] = useState(() => typedOf(settings.brand));
  const [tried, setTried] = useState(false);
  const checked = brandSchema.safeParse(brandOf(typed), { error: (issue) => issueText(issue) });
  const problems = new Map(checked.success ? [] : checked.error.issues.map((issue) => [issue.path.join("."), issue.message]));
  const save = trpc.messages.settings.save.useMutation({
    onSuccess: async () => {
      toastSuccess(t("saved"));
      onSaved();
      await Promise.all([utils.messages.settings.get.invalidate(), utils.messages.templates.preview.invalidate()]);
    },
  });
  const noLogo = useMissing(checked.success ? checked.data.logoUrl : null);
  const blocked = shop.can("shop.manage") ? undefined : t("forbidden");
  const field = (name: Name, look: { rows?: number; type?: "email" | "url"; required?: boolean; hint?: string } = {}) => (
    <Field
      key={name}
      label={t(`fields.${name}`)}
      error={tried ? problems.get(name) : undefined}
      hint={look.hint}
      required={look.required ?? false}
    >
      {(control) => {
        const shared = {
          ...control,
          readOnly: blocked !== undefined,
          value: typed[name],
          onChange: ({ target }: { target: { value: string } }) => {
            setTyped({ ...typed, [name]: target.value });
            onDirty();
          },
        };
        if (look.rows) return <Textarea {...shared} rows={look.rows} />;
        return <Input {...shared} type={look.type} />;
      }}
    </Field>
  );
  const submit = () => {
    setTried(true);
    if (checked.success) save.mutate({ shopId: shop.id, policy: settings.policy, brand: checked.data, version: settings.version });
  };
  return (
    <div className="grid min-w-0 gap-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <form
        noValidate
        method="post"
        className="flex min-w-0 flex-col gap-6"
        onSubmit={(event) => {
          event.preventDefault();
          if (!save.isPending && !blocked) submit();
        }}
      >
        <Section title={t("look")} level={3}>
          {field("logoUrl", { type: "url", hint: noLogo ? t("logoMissing") : t("logoHint") })}
          {!blocked && (
            <PictureUpload
              onUploaded={(logoUrl) => {
                setTyped((now) => ({ ...now, logoUrl }));
                onDirty();
              }}
            />
          )}
          <AccentField
            value={typed.accent}
            readOnly={blocked !== undefined}
            error={problems.get("accent")}
            onChange={(accent) => {
              setTyped({ ...typed, accent });
              onDirty();
            }}
          />
          {field("shopUrl", { type: "url" })}
        </Section>
        <Section title={t("sender")} level={3}>
          {field("senderName")}
          {field("senderEmail", { type: "email", hint: t("senderEmailHint") })}
          {field("replyTo", { type: "email" })}
        </Section>
        <Section title={t("footer")} description={t("footerText")} level={3}>
          {field("footer.company", { required: true })}
          {field("footer.address", { rows: 3, required: true })}
          {field("footer.imprintUrl", { type: "url" })}
          {field("footer.privacyUrl", { type: "url" })}
          {field("footer.vatId")}
          {field("footer.register")}
        </Section>
        <div role="alert" className="text-danger text-sm empty:hidden">
          {save.error ? errorText(save.error) : tried && !checked.success ? t("incomplete") : null}
        </div>
        <Button type="submit" variant="primary" className="self-end" loading={save.isPending} disabledReason={blocked}>
          {t("save")}
        </Button>
      </form>
      <BrandPreview brand={checked.success ? checked.data : null} />
    </div>
  );
}

/** Whether a picture cannot be loaded from where it is said to be. */
function useMissing(url: string | null): boolean {
  const [missing, setMissing] = useState<string | null>(null);
  useEffect(() => {
    if (url === null) return;
    const picture = new Image();
    picture.onerror = () => setMissing(url);
    picture.src = url;
    return () => {
      picture.onerror = null;
    };
  }, [url]);
  return url !== null && missing === url;
}

type AccentFieldProps = { value: string; readOnly: boolean; error: string | undefined; onChange: (value: string) => void };

/** A colour from the brand's manual or from the picker, and what it cannot be used for. */
function AccentField({ value, readOnly, error, onChange }: AccentFieldProps) {
  const t = useTranslations("templates.brand");
  const valid = /^#[0-9a-f]{6}$/i.test(value.trim());
  const stands = valid ? contrast(value.trim(), "#ffffff") : null;
  const warning = stands === null ? null : stands < 3 ? t("accentFaint") : stands < 4.5 ? t("accentNoText") : null;
  return (
    <Field
      label={t("fields.accent")}
      error={valid ? undefined : (error ?? t("accentForm"))}
      hint={warning && <span className="text-warning">{warning}</span>}
      required
    >
      {(control) => (
        <span className="flex gap-2">
          <Input
            {...control}
            className="w-28 font-mono"
            maxLength={7}
            readOnly={readOnly}
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
          <input
            type="color"
            aria-label={t("accentPick")}
            className="h-8 w-12 cursor-pointer rounded-md border border-line-strong bg-surface p-0.5 disabled:cursor-not-allowed"
            disabled={readOnly}
            value={valid ? value.trim().toLowerCase() : "#000000"}
            onChange={({ target }) => onChange(target.value)}
          />
        </span>
      )}
    </Field>
  );
}
