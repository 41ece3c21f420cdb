"use client";

import { ArrowDown, ArrowUp, Copy, Plus, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import type { KeyboardEvent, ReactElement } from "react";
import type { Block, SimpleBlock } from "@/server/notifications/templates/schema";
import { Button, IconButton } from "../../primitives/button";
import { DropdownMenu, MenuItem } from "../../primitives/dropdown-menu";
import { Field } from "../../primitives/field";
import { NativeSelect } from "../../primitives/select";
import { BLOCK_TYPES, blockKey, moved, newBlock, sameBlock } from "./content";
import { PictureUpload } from "./picture-upload";
import { TextField, useEditing, useFindings } from "./text-field";

type BlockListProps = {
  /** `blocks`, or `blocks.3.left` within columns. */
  path: string;
  label: string;
  blocks: readonly Block[];
  onChange: (blocks: Block[]) => void;
  /** The least number that must stay. */
  least: 0 | 1;
  most: number;
  nested?: boolean;
};

/** An e-mail's blocks in their order: added anywhere, doubled, removed and moved with buttons, moved with Alt and the arrow keys, too. */
export function BlockList({ path, label, blocks, onChange, least, most, nested = false }: BlockListProps) {
  const t = useTranslations("templates.editor");
  const { readOnly } = useEditing();
  const move = (from: number, to: number) => {
    if (to < 0 || to >= blocks.length) return;
    // Moving an element in the page takes the focus from it.
    const active = document.activeElement;
    onChange(moved(blocks, from, to));
    requestAnimationFrame(() => active instanceof HTMLElement && active.focus());
  };
  const full = blocks.length >= most ? t("fullOfBlocks", { max: most }) : undefined;
  const insert = (at: number, block: Block) => onChange([...blocks.slice(0, at), block, ...blocks.slice(at)]);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <ol aria-label={label} className="flex min-w-0 flex-col divide-y divide-line border-line border-y">
        {blocks.map((block, index) => (
          <BlockItem
            key={blockKey(block)}
            path={`${path}.${index.toString()}`}
            block={block}
            position={index + 1}
            onChange={(next) => onChange(blocks.map((one, at) => (at === index ? sameBlock(block, next) : one)))}
            onRemove={blocks.length > least ? () => onChange(blocks.filter((_, at) => at !== index)) : null}
            onMove={(by) => move(index, index + by)}
            onAdd={(added) => insert(index + 1, added)}
            full={full}
            nested={nested}
            first={index === 0}
            last={index === blocks.length - 1}
          />
        ))}
      </ol>
      {!readOnly && (
        <AddBlock nested={nested} full={full} onAdd={(added) => insert(blocks.length, added)}>
          <Button size="sm" className="w-fit" disabledReason={full}>
            <Plus aria-hidden />
            {t("addBlock")}
          </Button>
        </AddBlock>
      )}
    </div>
  );
}

type AddBlockProps = { nested: boolean; full: string | undefined; onAdd: (block: Block) => void; children: ReactElement };

/** The kinds of blocks behind a button. */
function AddBlock({ nested, full, onAdd, children }: AddBlockProps) {
  const t = useTranslations("templates.editor");
  if (full) return children;
  const types = nested ? BLOCK_TYPES.filter((type) => type !== "columns") : BLOCK_TYPES;
  return (
    <DropdownMenu align="start" className="max-h-80 overflow-y-auto" trigger={children}>
      {types.map((type) => (
        <MenuItem key={type} onSelect={() => onAdd(newBlock(type))}>
          {t(`blocks.${type}`)}
        </MenuItem>
      ))}
    </DropdownMenu>
  );
}

type BlockItemProps = {
  path: string;
  block: Block;
  position: number;
  onChange: (block: Block) => void;
  /** Null while this is the last block there must be. */
  onRemove: (() => void) | null;
  onMove: (by: 1 | -1) => void;
  /** Puts a block below this one. */
  onAdd: (block: Block) => void;
  /** Why there can be no more blocks. */
  full: string | undefined;
  nested: boolean;
  first: boolean;
  last: boolean;
};

function BlockItem({ path, block, position, onChange, onRemove, onMove, onAdd, full, nested, first, last }: BlockItemProps) {
  const t = useTranslations("templates.editor");
  const { readOnly } = useEditing();
  const { error, warning } = useFindings(path);
  const name = `${position.toString()}. ${t(`blocks.${block.type}`)}`;
  const onKeyDown = (event: KeyboardEvent) => {
    if (readOnly || !event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    event.stopPropagation();
    onMove(event.key === "ArrowUp" ? -1 : 1);
  };
  return (
    <li data-place={path} onKeyDown={onKeyDown} className="flex min-w-0 flex-col gap-3 py-3">
      <div className="flex items-center justify-between gap-2">
        <span className="font-medium text-muted text-xs">{name}</span>
        {!readOnly && (
          <span className="flex gap-0.5">
            <IconButton size="sm" label={t("moveUp", { block: name })} aria-disabled={first || undefined} onClick={() => onMove(-1)}>
              <ArrowUp aria-hidden />
            </IconButton>
            <IconButton size="sm" label={t("moveDown", { block: name })} aria-disabled={last || undefined} onClick={() => onMove(1)}>
              <ArrowDown aria-hidden />
            </IconButton>
            <AddBlock nested={nested} full={full} onAdd={onAdd}>
              <IconButton size="sm" label={t("addBelow", { block: name })} disabledReason={full}>
                <Plus aria-hidden />
              </IconButton>
            </AddBlock>
            <IconButton
              size="sm"
              label={t("doubleBlock", { block: name })}
              disabledReason={full}
              onClick={() => onAdd(structuredClone(block))}
            >
              <Copy aria-hidden />
            </IconButton>
            <IconButton
              size="sm"
              label={t("removeBlock", { block: name })}
              disabledReason={onRemove === null ? t("lastBlock") : undefined}
              onClick={() => onRemove?.()}
            >
              <Trash2 aria-hidden />
            </IconButton>
          </span>
        )}
      </div>
      {error && <p className="text-danger text-xs">{error}</p>}
      {warning && <p className="text-warning text-xs">{warning}</p>}
      <BlockFields path={path} block={block} onChange={onChange} />
    </li>
  );
}

type BlockOf<Type extends Block["type"]> = Extract<Block, { type: Type }>;
type FieldsOf<Type extends Block["type"]> = { path: string; block: BlockOf<Type>; onChange: (block: Block) => void };

/** What can be said in a block; columns hold lists of blocks again. */
function BlockFields({ path, block, onChange }: { path: string; block: Block; onChange: (block: Block) => void }) {
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
  const { readOnly } = useEditing();
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
      {!readOnly && <PictureUpload onUploaded={(url) => onChange({ ...block, url })} />}
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
