"use client";

import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import type { KeyboardEvent } from "react";
import type { Block } from "@/server/notifications/templates/schema";
import { Button, IconButton } from "../../primitives/button";
import { DropdownMenu, MenuItem } from "../../primitives/dropdown-menu";
import { BlockFields } from "./block-fields";
import { BLOCK_TYPES, blockKey, moved, newBlock, sameBlock } from "./content";
import { useEditing, useFindings } from "./text-field";

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

/** An e-mail's blocks in their order: added, removed and moved with buttons, or with Alt and the arrow keys. */
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
  const types = nested ? BLOCK_TYPES.filter((type) => type !== "columns") : BLOCK_TYPES;
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
            first={index === 0}
            last={index === blocks.length - 1}
          />
        ))}
      </ol>
      {!readOnly && blocks.length < most && (
        <DropdownMenu
          align="start"
          className="max-h-80 overflow-y-auto"
          trigger={
            <Button size="sm" className="w-fit">
              <Plus aria-hidden />
              {t("addBlock")}
            </Button>
          }
        >
          {types.map((type) => (
            <MenuItem key={type} onSelect={() => onChange([...blocks, newBlock(type)])}>
              {t(`blocks.${type}`)}
            </MenuItem>
          ))}
        </DropdownMenu>
      )}
    </div>
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
  first: boolean;
  last: boolean;
};

function BlockItem({ path, block, position, onChange, onRemove, onMove, first, last }: BlockItemProps) {
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
    <li onKeyDown={onKeyDown} className="flex min-w-0 flex-col gap-3 py-3">
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
