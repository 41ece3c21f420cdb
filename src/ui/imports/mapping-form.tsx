"use client";

import { keepPreviousData } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import {
  FIELDS,
  IMPORT_KINDS,
  type ImportField,
  type ImportKind,
  type ImportMapping,
  type ImportOptions,
  REQUIRED,
} from "@/server/connectors/csv/schema";
import { useErrorText } from "../error-text";
import { Button } from "../primitives/button";
import { Card, Section } from "../primitives/card";
import { SegmentedControl } from "../primitives/choice";
import { NativeSelect } from "../primitives/select";
import { toastError } from "../primitives/toast";
import { useShop } from "../shell/shop-context";
import { trpc } from "../trpc";
import type { Import } from "./import-types";
import { OptionFields, optionProblems } from "./option-fields";
import { SampleCheck } from "./sample-check";

const SEPARATOR = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe" } as const;

/** What the columns mean and how values are written: guessed, shown with examples, corrected here. */
export function MappingForm({ file, onStarted }: { file: Import; onStarted: () => void }) {
  const t = useTranslations("imports");
  const shop = useShop();
  const errorText = useErrorText();
  const utils = trpc.useUtils();
  const [kind, setKind] = useState<ImportKind>(file.kind);
  const [mapping, setMapping] = useState<ImportMapping>(file.mapping);
  const [options, setOptions] = useState<ImportOptions>(file.options);
  const start = trpc.imports.start.useMutation({
    onSuccess: onStarted,
    onError: (error) => toastError(t("startFailed"), errorText(error)),
  });
  const missing = REQUIRED[kind].filter((group) => !group.some((field) => mapping[field] !== undefined));
  const ready = missing.length === 0 && Object.keys(optionProblems(options)).length === 0;
  const settled = { shopId: shop.id, id: file.id, kind, mapping, options };
  const check = trpc.imports.check.useQuery(settled, { enabled: ready, placeholderData: keepPreviousData });

  const changeKind = async (next: ImportKind) => {
    setKind(next);
    try {
      const guess = await utils.imports.guess.fetch({ shopId: shop.id, id: file.id, kind: next });
      setMapping(guess.mapping);
      setOptions(guess.options);
    } catch (error) {
      toastError(t("startFailed"), errorText(error));
    }
  };
  const { encoding, separator, gzip } = file.preview;
  const info = t("mapping.fileInfo", { encoding: encoding.toUpperCase(), separator: t(`mapping.separators.${SEPARATOR[separator]}`) });

  return (
    <>
      <Section title={t("mapping.title")} description={t("mapping.text")}>
        <Card className="flex flex-col gap-4">
          <div className="flex flex-wrap items-center justify-between gap-3">
            <SegmentedControl
              aria-label={t("mapping.kind")}
              options={IMPORT_KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))}
              value={kind}
              onValueChange={(value) => void changeKind(value)}
            />
            <span className="text-muted text-xs">{gzip ? `${info}, ${t("mapping.gzip")}` : info}</span>
          </div>
          <p className="text-muted text-sm">{t(`kindHint.${kind}`)}</p>
          <ColumnTable file={file} kind={kind} mapping={mapping} missing={missing} onChange={setMapping} />
        </Card>
      </Section>
      <Section title={t("mapping.format")}>
        <Card>
          <OptionFields
            kind={kind}
            options={options}
            shopCurrency={shop.currency}
            hasCurrency={mapping.currency !== undefined}
            onChange={setOptions}
          />
        </Card>
      </Section>
      {ready && <SampleCheck fields={FIELDS[kind].filter((field) => mapping[field] !== undefined)} options={options} check={check} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          variant="primary"
          size="lg"
          loading={start.isPending}
          disabledReason={ready ? undefined : t("startBlocked")}
          onClick={() => start.mutate(settled)}
        >
          {t("start")}
        </Button>
      </div>
    </>
  );
}

type ColumnTableProps = {
  file: Import;
  kind: ImportKind;
  mapping: ImportMapping;
  missing: readonly (readonly ImportField[])[];
  onChange: (mapping: ImportMapping) => void;
};

function ColumnTable({ file, kind, mapping, missing, onChange }: ColumnTableProps) {
  const t = useTranslations("imports");
  const { columns, sample } = file.preview;
  const required = new Set<ImportField>(REQUIRED[kind].flat());
  // What is needed or was found comes first; the rest is one click away.
  const [all, setAll] = useState(false);
  const shown = FIELDS[kind].filter(
    (field) => all || required.has(field) || mapping[field] !== undefined || file.mapping[field] !== undefined,
  );
  const example = (field: ImportField) => {
    const column = columns.indexOf(mapping[field] ?? "");
    return sample.map((row) => row[column]).find((value) => value !== undefined && value !== "");
  };
  const choose = (field: ImportField, column: string) => {
    const next = { ...mapping };
    if (column === "") delete next[field];
    else next[field] = column;
    onChange(next);
  };
  return (
    <div className="flex flex-col gap-3">
      <ul className="divide-y divide-line border-line border-y">
        {shown.map((field) => {
          const group = missing.find((candidate) => candidate.includes(field));
          const others =
            group && group.length > 1
              ? t("mapping.oneOf", { fields: group.map((name) => t(`fields.${name}`)).join(", ") })
              : t("mapping.missing");
          return (
            <li key={field} className="grid items-center gap-x-4 gap-y-1 py-2 sm:grid-cols-[11rem_minmax(0,16rem)_minmax(0,1fr)]">
              <label htmlFor={`map-${field}`} className="font-medium text-sm">
                {t(`fields.${field}`)}
                {required.has(field) && (
                  <span aria-hidden className="text-danger">
                    {" "}
                    *
                  </span>
                )}
              </label>
              <div className="min-w-0">
                <NativeSelect
                  id={`map-${field}`}
                  aria-required={required.has(field) || undefined}
                  aria-invalid={group ? true : undefined}
                  aria-describedby={group ? `map-${field}-error` : undefined}
                  value={mapping[field] ?? ""}
                  placeholder={t("mapping.unused")}
                  options={columns.map((name) => ({ value: name, label: name }))}
                  onChange={(event) => choose(field, event.target.value)}
                />
                {group && (
                  <p id={`map-${field}-error`} className="mt-1 text-danger text-xs">
                    {others}
                  </p>
                )}
              </div>
              <span className="truncate text-muted text-sm" title={t("mapping.example")}>
                {example(field)}
              </span>
            </li>
          );
        })}
      </ul>
      {shown.length < FIELDS[kind].length && (
        <div>
          <Button size="sm" variant="ghost" onClick={() => setAll(true)}>
            {t("mapping.more")}
          </Button>
        </div>
      )}
    </div>
  );
}
