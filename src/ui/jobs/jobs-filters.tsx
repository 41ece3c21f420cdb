"use client";

import { Search } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { RUN_STATUSES } from "@/server/jobs/schema";
import { Button } from "../primitives/button";
import { Checkbox } from "../primitives/choice";
import { Field } from "../primitives/field";
import { Input } from "../primitives/input";
import { NativeSelect } from "../primitives/select";
import type { JobsParams } from "./jobs-page";
import { useFunctionName } from "./run-status";

type JobsFiltersProps = {
  params: JobsParams;
  functions: readonly { id: string; name: string }[];
  onChange: (next: Partial<JobsParams>) => void;
};

const NONE: JobsParams = { status: null, function: null, search: null, system: false };
const TYPING_MS = 300;

export function JobsFilters({ params, functions, onChange }: JobsFiltersProps) {
  const t = useTranslations("jobs");
  const active = Object.values(params).some((value) => value !== null && value !== false);
  const functionName = useFunctionName();
  // The search field keeps what is being typed; a reset gives it a new life.
  const [resets, setResets] = useState(0);
  return (
    <section aria-label={t("filter.label")} className="flex flex-wrap items-end gap-3">
      <SearchField key={resets} value={params.search ?? ""} onChange={(search) => onChange({ search })} />
      <Field label={t("filter.status")} error={undefined} required className="w-full sm:w-40">
        {(control) => (
          <NativeSelect
            {...control}
            aria-required={false}
            placeholder={t("filter.anyStatus")}
            value={params.status ?? ""}
            onChange={(event) => onChange({ status: RUN_STATUSES.find((status) => status === event.target.value) ?? null })}
            options={RUN_STATUSES.map((status) => ({ value: status, label: t(`status.${status}`) }))}
          />
        )}
      </Field>
      <Field label={t("filter.function")} error={undefined} required className="w-full sm:w-56">
        {(control) => (
          <NativeSelect
            {...control}
            aria-required={false}
            placeholder={t("filter.anyFunction")}
            value={params.function ?? ""}
            onChange={(event) => onChange({ function: event.target.value || null })}
            options={functions.map(({ id, name }) => ({ value: id, label: functionName(id, name) }))}
          />
        )}
      </Field>
      <Checkbox
        label={t("filter.system")}
        checked={params.system}
        onCheckedChange={(system) => onChange({ system })}
        className="h-8 items-center"
      />
      {active && (
        <Button
          variant="ghost"
          onClick={() => {
            setResets(resets + 1);
            onChange(NONE);
          }}
        >
          {t("filter.reset")}
        </Button>
      )}
    </section>
  );
}

/** Searches when the typing pauses, so that not every letter is a query. */
function SearchField({ value, onChange }: { value: string; onChange: (search: string | null) => void }) {
  const t = useTranslations("jobs.filter");
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onChange(typed.trim() || null), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <Field label={t("search")} error={undefined} required className="w-full sm:w-64">
      {(control) => (
        <Input
          {...control}
          aria-required={false}
          type="search"
          leading={<Search aria-hidden />}
          placeholder={t("searchPlaceholder")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
    </Field>
  );
}
