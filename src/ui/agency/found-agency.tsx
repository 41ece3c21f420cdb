"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { createOrganisationSchema } from "@/server/tenancy/schema";
import { useErrorText } from "../error-text";
import { Card, Section } from "../primitives/card";
import { Field } from "../primitives/field";
import { FormShell, useZodForm } from "../primitives/form";
import { Input } from "../primitives/input";
import { toastSuccess } from "../primitives/toast";
import { trpc } from "../trpc";

/** On the account page of someone who belongs to no agency yet. */
export function FoundAgency() {
  const t = useTranslations("agency");
  const errorText = useErrorText();
  const router = useRouter();
  const form = useZodForm(createOrganisationSchema, { defaultValues: { name: "" } });
  const create = trpc.agencies.create.useMutation({
    onSuccess: ({ id }) => {
      toastSuccess(t("founded"));
      router.push(`/agency/${id}`);
      router.refresh();
    },
  });
  return (
    <Section title={t("found")} description={t("foundText")}>
      <Card>
        <FormShell
          form={form}
          onSubmit={(values) => create.mutate(values)}
          submitError={create.error && errorText(create.error)}
          pending={create.isPending}
          submitLabel={t("found")}
        >
          <Field label={t("foundName")} required error={form.formState.errors.name?.message}>
            {(control) => <Input {...control} {...form.register("name")} />}
          </Field>
        </FormShell>
      </Card>
    </Section>
  );
}
