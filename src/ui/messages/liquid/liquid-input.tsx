"use client";

import { useTranslations } from "next-intl";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { cn } from "../../primitives/class-names";
import type { ControlProps } from "../../primitives/field";
import { controlStyle, Input, Textarea } from "../../primitives/input";
import type { Vocabulary } from "./complete";
import type { LiquidEditor, LiquidEditorHandle, LiquidEditorProps } from "./liquid-editor";
import { leftNearLimit, type Mark } from "./parts";

type LiquidInputProps = {
  ref?: Ref<LiquidEditorHandle>;
  control: ControlProps;
  value: string;
  onChange: (value: string, whole: boolean) => void;
  vocabulary: Vocabulary;
  max: number;
  /** Left away: one line. */
  rows?: number;
  address?: boolean;
  readOnly?: boolean;
  marks?: readonly (Mark & { message: string })[];
  onUndo?: () => void;
  onRedo?: () => void;
};

type Editor = typeof LiquidEditor;
/** Loaded once for every field of every page. */
let loaded: Editor | null = null;
const NO_MARKS: readonly [] = [];

/**
 * A text with values in braces, completed while it is typed. A plain field stands there until the editor is loaded, where it cannot be, and
 * for people who may only read; its text is the same string.
 */
export function LiquidInput(props: LiquidInputProps) {
  const { control, value, onChange, vocabulary, max, rows, address = false, readOnly = false, marks = NO_MARKS, onUndo, onRedo } = props;
  const t = useTranslations("templates.liquid");
  const plain = useRef<HTMLInputElement | HTMLTextAreaElement | null>(null);
  const editor = useRef<LiquidEditorHandle>(null);
  const [Rich, setRich] = useState<Editor | null>(() => loaded);
  const [takesFocus, setTakesFocus] = useState<LiquidEditorProps["takesFocus"]>(null);
  useEffect(() => {
    if (Rich || readOnly) return;
    let gone = false;
    void import("./liquid-editor").then(({ LiquidEditor: next }) => {
      loaded = next;
      if (gone) return;
      const field = plain.current;
      if (field && document.activeElement === field)
        setTakesFocus({ from: field.selectionStart ?? 0, to: field.selectionEnd ?? field.selectionStart ?? 0 });
      setRich(() => next);
    });
    return () => {
      gone = true;
    };
  }, [Rich, readOnly]);
  useImperativeHandle(props.ref, () => ({
    insert: (text) => {
      if (editor.current) return editor.current.insert(text);
      const from = plain.current?.selectionStart ?? value.length;
      const next = `${value.slice(0, from)}${text}${value.slice(plain.current?.selectionEnd ?? from)}`;
      if (next.length <= max) onChange(next, true);
    },
  }));
  const keep = (element: HTMLInputElement | HTMLTextAreaElement | null) => {
    plain.current = element;
  };
  const left = readOnly ? null : leftNearLimit(value, max);
  const limit = left !== null && <p className="text-muted text-xs">{t("limit", { max, left })}</p>;
  const shared = { ...control, maxLength: max, value };
  if (!Rich || readOnly)
    return (
      <>
        {rows ? (
          <Textarea {...shared} ref={keep} rows={rows} readOnly={readOnly} onChange={(event) => onChange(event.target.value, false)} />
        ) : (
          <Input {...shared} ref={keep} readOnly={readOnly} onChange={(event) => onChange(event.target.value, false)} />
        )}
        {limit}
      </>
    );
  return (
    <>
      <div
        className={cn(
          controlStyle,
          "cursor-text focus-within:border-accent focus-within:outline-2 focus-within:outline-accent",
          rows ? "resize-y overflow-auto py-1.5" : "py-1 pointer-coarse:py-1.5",
          control["aria-invalid"] && "border-danger",
        )}
        style={rows ? { minHeight: `calc(${rows.toString()} * 1.25rem + 0.875rem)` } : undefined}
      >
        <Rich
          ref={editor}
          {...{ value, onChange, vocabulary, address, marks, onUndo, onRedo, takesFocus, listLabel: t("list") }}
          multiline={rows !== undefined}
          maxLength={max}
          control={{
            ...control,
            "aria-invalid": control["aria-invalid"] ? "true" : undefined,
            "aria-required": control["aria-required"] ? "true" : undefined,
          }}
        />
      </div>
      {limit}
    </>
  );
}
