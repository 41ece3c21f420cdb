"use client";

import type { ControlProps } from "../../primitives/field";
import { Input } from "../../primitives/input";

type NumberInputProps = ControlProps & { value: number; onValueChange: (value: number) => void; disabled?: boolean };

/** A whole number; what is none is NaN, which every schema refuses. */
export function NumberInput({ value, onValueChange, ...control }: NumberInputProps) {
  return (
    <Input
      {...control}
      inputMode="numeric"
      maxLength={6}
      className="w-24 text-right"
      value={Number.isNaN(value) ? "" : value}
      onChange={(event) => {
        const text = event.target.value.trim();
        onValueChange(/^\d+$/.test(text) ? Number(text) : Number.NaN);
      }}
    />
  );
}
