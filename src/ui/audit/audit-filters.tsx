"use client";

import { useTranslations } from "next-intl";
import { Button } from "../primitives/button";
import { Checkbox } from "../primitives/choice";
import { DateField } from "../primitives/date-time-field";
import { Field } from "../primitives/field";
import { NativeSelect } from "../primitives/select";
import { trpc } from "../trpc";
import { useActionName, useEntityName } from "./action-name";
import type { AuditParams } from "./audit-page";

type AuditFiltersProps = { orgId: string; params: AuditParams; onChange: (next: Partial<AuditParams>) => void };

const NONE: AuditParams = { actor: null, action: null, entity: null, from: null, to: null, shopOnly: false };

export function AuditFilters({ orgId, params, onChange }: AuditFiltersProps) {
  const t = useTranslations("audit.filter");
  const actionName = useActionName();
  const entityName = useEntityName();
  const facets = trpc.audit.facets.useQuery({ orgId });
  const active = Object.entries(params).some(([, value]) => value !== null && value !== false);
  const { actors = [], actions = [], entities = [] } = facets.data ?? {};
  return (
    <section aria-label={t("label")} className="flex flex-wrap items-end gap-3">
      <Field label={t("actor")} error={undefined} required className="w-full sm:w-44">
        {(control) => (
          <NativeSelect
            {...control}
            aria-required={false}
            placeholder={t("anyone")}
            value={params.actor ?? ""}
            onChange={(event) => onChange({ actor: event.target.value || null })}
            options={actors.map(({ id, label }) => ({ value: id, label }))}
          />
        )}
      </Field>
      <Field label={t("action")} error={undefined} required className="w-full sm:w-52">
        {(control) => (
          <NativeSelect
            {...control}
            aria-required={false}
            placeholder={t("any")}
            value={params.action ?? ""}
            onChange={(event) => onChange({ action: event.target.value || null })}
            options={actions.map((action) => ({ value: action, label: actionName(action) }))}
          />
        )}
      </Field>
      <Field label={t("entity")} error={undefined} required className="w-full sm:w-36">
        {(control) => (
          <NativeSelect
            {...control}
            aria-required={false}
            placeholder={t("any")}
            value={params.entity ?? ""}
            onChange={(event) => onChange({ entity: event.target.value || null })}
            options={entities.map((entity) => ({ value: entity, label: entityName(entity) }))}
          />
        )}
      </Field>
      <Field label={t("from")} error={undefined} required>
        {(control) => (
          <DateField
            {...control}
            aria-required={false}
            value={params.from ?? ""}
            max={params.to ?? undefined}
            onValueChange={(day) => onChange({ from: day || null })}
          />
        )}
      </Field>
      <Field label={t("to")} error={undefined} required>
        {(control) => (
          <DateField
            {...control}
            aria-required={false}
            value={params.to ?? ""}
            min={params.from ?? undefined}
            onValueChange={(day) => onChange({ to: day || null })}
          />
        )}
      </Field>
      <Checkbox
        label={t("onlyThisShop")}
        checked={params.shopOnly}
        onCheckedChange={(shopOnly) => onChange({ shopOnly })}
        className="h-8 items-center"
      />
      {active && (
        <Button variant="ghost" onClick={() => onChange(NONE)}>
          {t("reset")}
        </Button>
      )}
    </section>
  );
}
