const unit = (locale: string, name: string, value: number, digits = 0): string =>
  new Intl.NumberFormat(locale, {
    style: "unit",
    unit: name,
    unitDisplay: name === "day" ? "long" : "short",
    maximumFractionDigits: digits,
  }).format(value);

/** A span of time as one or two units: 320 ms, 4,2 s, 3 Min. 12 s, 2 Std. 5 Min., 4 Tage. */
export function formatDuration(ms: number, locale: string): string {
  if (ms < 1_000) return unit(locale, "millisecond", Math.max(0, Math.round(ms)));
  const seconds = ms / 1_000;
  if (seconds < 60) return unit(locale, "second", Math.floor(seconds * 10) / 10, 1);
  const whole = Math.floor(seconds);
  const pair = (big: string, size: number, small: string, smallSize: number): string => {
    const rest = Math.floor((whole % size) / smallSize);
    const first = unit(locale, big, Math.floor(whole / size));
    return rest > 0 ? `${first} ${unit(locale, small, rest)}` : first;
  };
  if (whole < 3_600) return pair("minute", 60, "second", 1);
  if (whole < 86_400) return pair("hour", 3_600, "minute", 60);
  return pair("day", 86_400, "hour", 3_600);
}
