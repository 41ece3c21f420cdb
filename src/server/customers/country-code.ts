const ALIASES: Record<string, string> = {
  usa: "US",
  "u.s.a.": "US",
  "united states of america": "US",
  "vereinigte staaten von amerika": "US",
  uk: "GB",
  england: "GB",
  scotland: "GB",
  wales: "GB",
  "great britain": "GB",
  großbritannien: "GB",
  grossbritannien: "GB",
  eire: "IE",
  rsa: "ZA",
  "czech republic": "CZ",
  holland: "NL",
  brd: "DE",
  uae: "AE",
  korea: "KR",
};

let names: Map<string, string> | undefined;
let codes: Set<string> | undefined;

/** Every country name in German and English, read once from the runtime's own tables. */
function countryNames(): Map<string, string> {
  if (names) return names;
  names = new Map(Object.entries(ALIASES));
  for (const locale of ["en", "de", "fr", "es", "it", "nl"]) {
    const display = new Intl.DisplayNames([locale], { type: "region", fallback: "none" });
    for (let a = 65; a <= 90; a++)
      for (let b = 65; b <= 90; b++) {
        const code = String.fromCharCode(a, b);
        const name = isCountry(code) ? display.of(code) : undefined;
        if (name && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), code);
      }
  }
  return names;
}

/** Codes that ISO 3166-1 does not assign to a country although the runtime has a name for them. */
const NO_COUNTRIES = new Set([
  "EU",
  "EZ",
  "UN",
  "QO",
  "ZZ",
  "XA",
  "XB",
  "AC",
  "CP",
  "CQ",
  "DG",
  "EA",
  "IC",
  "TA",
  "UK",
  "FX",
  "SU",
  "DD",
  "YU",
  "CS",
  "AN",
  "BU",
  "TP",
  "ZR",
  "NT",
  "YD",
  "VD",
]);
const isCountry = (code: string): boolean => !NO_COUNTRIES.has(code);

/** A country code or name (`DE`, `Germany`, `Deutschland`) as ISO 3166-1 alpha-2; null when it is unknown. */
export function countryCode(text: string): string | null {
  const trimmed = text.trim();
  if (/^[A-Za-z]{2}$/.test(trimmed)) {
    const code = trimmed.toUpperCase();
    if (code === "UK") return "GB";
    codes ??= new Set(countryNames().values());
    return codes.has(code) ? code : null;
  }
  return countryNames().get(trimmed.toLowerCase()) ?? null;
}
