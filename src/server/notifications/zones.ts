import { instantToLocal } from "@/server/time";

/** Where a person is, as far as the shop knows. */
type Whereabouts = { timeZone: string | null; country: string | null; region: string | null };

/** Countries with several times, nearly all of whose people keep one: the rest lives on islands, or under another flag. */
const MAIN_ZONE: Record<string, string> = {
  CL: "America/Santiago",
  CN: "Asia/Shanghai",
  EC: "America/Guayaquil",
  ES: "Europe/Madrid",
  NZ: "Pacific/Auckland",
  PT: "Europe/Lisbon",
  UA: "Europe/Kyiv",
};

/** States by code (ISO 3166-2) and name, each with the time most of its people keep. */
const REGIONS: Record<string, Record<string, string>> = {
  US: {
    "America/Los_Angeles": "CA California, OR Oregon, WA Washington, NV Nevada",
    "America/Boise": "ID Idaho",
    "America/Denver": "CO Colorado, MT Montana, NM New Mexico, UT Utah, WY Wyoming",
    "America/Phoenix": "AZ Arizona",
    "America/Chicago":
      "AL Alabama, AR Arkansas, IA Iowa, IL Illinois, KS Kansas, LA Louisiana, MN Minnesota, MO Missouri, MS Mississippi, ND North Dakota, NE Nebraska, OK Oklahoma, SD South Dakota, TN Tennessee, TX Texas, WI Wisconsin",
    "America/New_York":
      "CT Connecticut, DC District of Columbia, DE Delaware, FL Florida, GA Georgia, IN Indiana, KY Kentucky, MA Massachusetts, MD Maryland, ME Maine, MI Michigan, NC North Carolina, NH New Hampshire, NJ New Jersey, NY New York, OH Ohio, PA Pennsylvania, RI Rhode Island, SC South Carolina, VA Virginia, VT Vermont, WV West Virginia",
    "America/Anchorage": "AK Alaska",
    "Pacific/Honolulu": "HI Hawaii",
    "America/Puerto_Rico": "PR Puerto Rico",
  },
  CA: {
    "America/Vancouver": "BC British Columbia",
    "America/Whitehorse": "YT Yukon",
    "America/Edmonton": "AB Alberta, NT Northwest Territories",
    "America/Regina": "SK Saskatchewan",
    "America/Winnipeg": "MB Manitoba",
    "America/Toronto": "ON Ontario, QC Quebec",
    "America/Iqaluit": "NU Nunavut",
    "America/Halifax": "NB New Brunswick, NS Nova Scotia, PE Prince Edward Island",
    "America/St_Johns": "NL Newfoundland and Labrador",
  },
  AU: {
    "Australia/Sydney": "NSW New South Wales, ACT Australian Capital Territory",
    "Australia/Melbourne": "VIC Victoria",
    "Australia/Hobart": "TAS Tasmania",
    "Australia/Brisbane": "QLD Queensland",
    "Australia/Adelaide": "SA South Australia",
    "Australia/Darwin": "NT Northern Territory",
    "Australia/Perth": "WA Western Australia",
  },
  BR: {
    "America/Rio_Branco": "AC Acre",
    "America/Manaus": "AM Amazonas",
    "America/Boa_Vista": "RR Roraima",
    "America/Porto_Velho": "RO Rondonia",
    "America/Cuiaba": "MT Mato Grosso",
    "America/Campo_Grande": "MS Mato Grosso do Sul",
    "America/Belem": "AP Amapa, PA Para",
    "America/Fortaleza": "CE Ceara, MA Maranhao, PB Paraiba, PI Piaui, RN Rio Grande do Norte",
    "America/Recife": "PE Pernambuco",
    "America/Maceio": "AL Alagoas, SE Sergipe",
    "America/Bahia": "BA Bahia",
    "America/Araguaina": "TO Tocantins",
    "America/Sao_Paulo":
      "DF Distrito Federal, ES Espirito Santo, GO Goias, MG Minas Gerais, PR Parana, RJ Rio de Janeiro, RS Rio Grande do Sul, SC Santa Catarina, SP Sao Paulo",
  },
};

/** Letters only: "São Paulo", "US-CA" of a file and "québec" are meant, too. */
const plain = (text: string): string =>
  text
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z]/g, "");

const ZONE_OF_REGION = new Map(
  Object.entries(REGIONS).flatMap(([country, zones]) =>
    Object.entries(zones).flatMap(([zone, states]) =>
      states.split(", ").flatMap((state): [string, string][] => {
        const code = state.slice(0, state.indexOf(" "));
        const names = [code, `${country}${code}`, state.slice(code.length + 1)];
        return names.map((name) => [`${country} ${plain(name)}`, zone]);
      }),
    ),
  ),
);

const MONTH_MS = 30 * 86_400_000;
const zoneOfCountry = new Map<string, string | null>();

/**
 * The time of a country, where all of it shows the same clock through the year; from the runtime's own table (CLDR), which is kept up to date
 * with it. Null where it takes more than a country to tell.
 */
function countryZone(country: string): string | null {
  if (!/^[A-Z]{2}$/.test(country)) return null;
  let zone = zoneOfCountry.get(country);
  if (zone === undefined) {
    zone = MAIN_ZONE[country] ?? onlyZone(zonesOf(country));
    zoneOfCountry.set(country, zone);
  }
  return zone;
}

/** The method is what became standard; older runtimes have the property. */
function zonesOf(country: string): readonly string[] {
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones?: () => string[]; timeZones?: string[] };
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

function onlyZone([first, ...others]: readonly string[]): string | null {
  if (first === undefined) return null;
  const now = Date.now();
  const clock = (zone: string): string =>
    Array.from({ length: 13 }, (_, month) => instantToLocal(new Date(now + month * MONTH_MS), zone)).join(" ");
  const shown = others.length === 0 ? "" : clock(first);
  return others.every((zone) => clock(zone) === shown) ? first : null;
}

/** The zone in which a person's day is: their own, else their country's (or state's), else the shop's (domain.md 4.1, 6). */
export function zoneOf({ timeZone, country, region }: Whereabouts, shopZone: string): string {
  if (timeZone) return timeZone;
  if (!country) return shopZone;
  const state = region && country in REGIONS ? ZONE_OF_REGION.get(`${country} ${plain(region)}`) : undefined;
  return state ?? countryZone(country) ?? shopZone;
}
