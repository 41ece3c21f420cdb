"use client";

import { useTranslations } from "next-intl";
import type { Block, SimpleBlock } from "@/server/notifications/templates/schema";
import { Field } from "../../primitives/field";
import { NativeSelect } from "../../primitives/select";
import { BlockList } from "./block-list";
import { TextField } from "./text-field";

type BlockOf<Type extends Block["type"]> = Extract<Block, { type: Type }>;
type FieldsOf<Type extends Block["type"]> = { path: string; block: BlockOf<Type>; onChange: (block: Block) => void };

/** What can be said in a block. */
export function BlockFields({ path, block, onChange }: { path: string; block: Block; onChange: (block: Block) => void }) {
  const t = useTranslations("templates.editor");
  switch (block.type) {
    case "heading":
      return (
        <TextField
          path={`${path}.text`}
          label={t("fields.heading")}
          max={300}
          value={block.text}
          onChange={(text) => onChange({ ...block, text })}
        />
      );
    case "text":
      return (
        <TextField
          path={`${path}.text`}
          label={t("fields.text")}
          max={5_000}
          rows={5}
          value={block.text}
          onChange={(text) => onChange({ ...block, text })}
        />
      );
    case "button":
      return <ButtonFields path={path} block={block} onChange={onChange} />;
    case "image":
      return <ImageFields path={path} block={block} onChange={onChange} />;
    case "spacer":
      return (
        <Numbers
          label={t("fields.size")}
          values={[8, 16, 24, 32, 48, 64, 96]}
          value={block.size}
          onChange={(size) => onChange({ ...block, size })}
        />
      );
    case "recommendations":
      return (
        <>
          <TextField
            path={`${path}.title`}
            label={t("fields.title")}
            max={200}
            required={false}
            value={block.title}
            onChange={(title) => onChange({ ...block, title })}
          />
          <Numbers
            label={t("fields.count")}
            values={[1, 2, 3, 4, 5, 6]}
            value={block.count}
            onChange={(count) => onChange({ ...block, count })}
          />
        </>
      );
    case "columns":
      return <ColumnFields path={path} block={block} onChange={onChange} />;
    default:
      return <p className="text-muted text-sm">{t(`about.${block.type}`)}</p>;
  }
}

function ButtonFields({ path, block, onChange }: FieldsOf<"button">) {
  const t = useTranslations("templates.editor.fields");
  return (
    <>
      <TextField
        path={`${path}.label`}
        label={t("label")}
        max={100}
        value={block.label}
        onChange={(label) => onChange({ ...block, label })}
      />
      <TextField
        path={`${path}.url`}
        label={t("url")}
        max={2_000}
        address
        value={block.url}
        onChange={(url) => onChange({ ...block, url })}
      />
    </>
  );
}

const WIDTHS = [120, 240, 360, 480, 600];

function ImageFields({ path, block, onChange }: FieldsOf<"image">) {
  const t = useTranslations("templates.editor.fields");
  return (
    <>
      <TextField
        path={`${path}.url`}
        label={t("imageUrl")}
        max={2_000}
        address
        value={block.url}
        onChange={(url) => onChange({ ...block, url })}
      />
      <TextField path={`${path}.alt`} label={t("alt")} max={300} value={block.alt} onChange={(alt) => onChange({ ...block, alt })} />
      <TextField
        path={`${path}.href`}
        label={t("href")}
        max={2_000}
        address
        required={false}
        value={block.href ?? ""}
        onChange={(href) => onChange({ ...block, href: href === "" ? undefined : href })}
      />
      <Numbers label={t("width")} values={WIDTHS} value={block.width ?? 600} onChange={(width) => onChange({ ...block, width })} />
    </>
  );
}

function ColumnFields({ path, block, onChange }: FieldsOf<"columns">) {
  const t = useTranslations("templates.editor");
  const simple = (blocks: readonly Block[]): SimpleBlock[] => blocks.flatMap((one) => (one.type === "columns" ? [] : [one]));
  return (
    <div className="flex min-w-0 flex-col gap-4 border-line border-l pl-3">
      {(["left", "right"] as const).map((side) => (
        <div key={side} className="flex min-w-0 flex-col gap-2">
          <p className="font-medium text-sm">{t(`fields.${side}`)}</p>
          <BlockList
            path={`${path}.${side}`}
            label={t(`fields.${side}`)}
            blocks={block[side]}
            onChange={(blocks) => onChange({ ...block, [side]: simple(blocks) })}
            least={0}
            most={10}
            nested
          />
        </div>
      ))}
    </div>
  );
}

type NumbersProps = { label: string; values: readonly number[]; value: number; onChange: (value: number) => void };

function Numbers({ label, values, value, onChange }: NumbersProps) {
  const all = [...new Set([...values, value])].sort((a, b) => a - b);
  return (
    <Field label={label} error={undefined} required>
      {(control) => (
        <NativeSelect
          {...control}
          className="w-32"
          options={all.map((one) => ({ value: one.toString(), label: one.toString() }))}
          value={value.toString()}
          onChange={(event) => onChange(Number(event.target.value))}
        />
      )}
    </Field>
  );
}
