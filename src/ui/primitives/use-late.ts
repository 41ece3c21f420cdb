"use client";

import { useEffect, useState } from "react";

/** A value once it has not changed for so many milliseconds: what is asked of the server while somebody types. */
export function useLate<T>(value: T, milliseconds: number): T {
  const [late, setLate] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLate(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return late;
}
