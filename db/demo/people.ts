import type { Random } from "./random";

type Place = { country: string; city: string; region: string; locale: string; weight: number };

const place = (country: string, city: string, region: string, weight: number, locale = `de-${country}`): Place => ({
  country,
  city,
  region,
  locale,
  weight,
});

const GERMANY = [
  place("DE", "Berlin", "Berlin", 36),
  place("DE", "Hamburg", "Hamburg", 19),
  place("DE", "München", "Bayern", 16),
  place("DE", "Köln", "Nordrhein-Westfalen", 11),
  place("DE", "Frankfurt am Main", "Hessen", 8),
  place("DE", "Stuttgart", "Baden-Württemberg", 7),
  place("DE", "Düsseldorf", "Nordrhein-Westfalen", 7),
  place("DE", "Leipzig", "Sachsen", 7),
  place("DE", "Dresden", "Sachsen", 6),
  place("DE", "Hannover", "Niedersachsen", 6),
  place("DE", "Nürnberg", "Bayern", 5),
  place("DE", "Bremen", "Bremen", 6),
  place("DE", "Kiel", "Schleswig-Holstein", 4),
  place("DE", "Freiburg im Breisgau", "Baden-Württemberg", 4),
  place("DE", "Münster", "Nordrhein-Westfalen", 4),
  place("DE", "Rostock", "Mecklenburg-Vorpommern", 3),
  place("DE", "Erfurt", "Thüringen", 3),
  place("DE", "Mainz", "Rheinland-Pfalz", 3),
  place("DE", "Garmisch-Partenkirchen", "Bayern", 1),
];
const AUSTRIA = [
  place("AT", "Wien", "Wien", 12),
  place("AT", "Graz", "Steiermark", 4),
  place("AT", "Linz", "Oberösterreich", 3),
  place("AT", "Salzburg", "Salzburg", 3),
  place("AT", "Innsbruck", "Tirol", 3),
  place("AT", "Bregenz", "Vorarlberg", 1),
];
const SWITZERLAND = [
  place("CH", "Zürich", "Zürich", 8),
  place("CH", "Bern", "Bern", 4),
  place("CH", "Basel", "Basel-Stadt", 4),
  place("CH", "Luzern", "Luzern", 2),
  place("CH", "Genève", "Genève", 2, "fr-CH"),
  place("CH", "Lausanne", "Vaud", 2, "fr-CH"),
];
const BRITAIN = [
  place("GB", "London", "England", 20, "en-GB"),
  place("GB", "Manchester", "England", 7, "en-GB"),
  place("GB", "Bristol", "England", 5, "en-GB"),
  place("GB", "Edinburgh", "Scotland", 5, "en-GB"),
  place("GB", "Cardiff", "Wales", 3, "en-GB"),
  place("GB", "Belfast", "Northern Ireland", 2, "en-GB"),
];

export type Region = "dach" | "at" | "ch" | "gb";
const PLACES: Record<Region, readonly Place[]> = {
  dach: [...GERMANY, ...AUSTRIA, ...SWITZERLAND],
  at: [...AUSTRIA.map((p) => ({ ...p, weight: p.weight * 8 })), ...GERMANY],
  ch: [...SWITZERLAND.map((p) => ({ ...p, weight: p.weight * 12 })), ...GERMANY],
  gb: BRITAIN,
};

const words = (text: string): string[] => text.trim().split(/\s+/);
const FIRST_GERMAN = words(`
  Anna Lena Julia Katharina Sarah Laura Lisa Marie Sophie Hannah Leonie Emma Mia Clara Johanna Franziska Theresa Miriam Eva Nina
  Sabine Petra Monika Claudia Susanne Andrea Birgit Martina Heike Ute Gabriele Karin Renate Ingrid Ursula Christa Helga Elif Ayşe Agnieszka
  Lukas Leon Maximilian Felix Paul Jonas Tim Jan Niklas Moritz Julian Fabian Simon David Tobias Florian Sebastian Daniel Christian Stefan
  Thomas Michael Andreas Markus Matthias Frank Jürgen Klaus Wolfgang Dieter Peter Hans Günther Horst Jörg Björn Søren Mehmet Piotr Luca`);
const LAST_GERMAN = words(`
  Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz
  Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause Meier Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer
  Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz
  Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich
  Brandt Haas Schreiber Graf Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold Wolff Pfeiffer Yılmaz Kowalski Nguyen`);
const FIRST_BRITISH = words(`
  Olivia Amelia Isla Emily Charlotte Grace Sophie Alice Florence Lucy Eleanor Harriet Margaret Susan Linda Aisha Priya Niamh Siân Morag
  Oliver George Harry Jack Noah Arthur James William Thomas Henry Alexander Edward Samuel Daniel Callum Rhys Hamish Mohammed Arjun Patrick`);
const LAST_BRITISH = words(`
  Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood Jackson
  Clarke Khan Lewis Harris Cooper Hughes Campbell Murray MacDonald O'Brien O'Neill Fraser Hamilton Ward Turner Morris Bennett Gray Shaw Begum`);

/** Domains that nobody can own (RFC 2606): no message of the demo can reach a person. */
const MAIL_DOMAINS = [
  ["example.com", 5],
  ["example.org", 3],
  ["example.net", 3],
  ["post.example.com", 2],
  ["mail.example.org", 2],
] as const;

const LETTERS: Record<string, string> = { ä: "ae", ö: "oe", ü: "ue", ß: "ss", ø: "oe", ı: "i", ş: "s" };
const ascii = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[äöüßøış]/g, (letter) => LETTERS[letter] ?? "")
    .normalize("NFD")
    .replace(/[^a-z]/g, "");

export type Person = {
  firstName: string;
  lastName: string;
  email: string;
  country: string;
  region: string;
  city: string;
  locale: string;
  phone: string | null;
};

/** A person who does not exist. `no` keeps the address unique. Phone numbers are those that Germany's regulator reserves for films. */
export function makePerson(random: Random, region: Region, no: number): Person {
  const home = random.weighted(PLACES[region].map((entry) => [entry, entry.weight] as const));
  const british = home.country === "GB";
  const firstName = random.pick(british ? FIRST_BRITISH : FIRST_GERMAN);
  const lastName = random.pick(british ? LAST_BRITISH : LAST_GERMAN);
  const separator = random.weighted([
    [".", 6],
    ["_", 1],
    ["", 1],
  ] as const);
  return {
    firstName,
    lastName,
    email: `${ascii(firstName)}${separator}${ascii(lastName)}${no}@${random.weighted(MAIL_DOMAINS)}`,
    country: home.country,
    region: home.region,
    city: home.city,
    locale: random.chance(0.03) ? `en-${home.country}` : home.locale,
    phone: home.country === "DE" && random.chance(0.35) ? `+49 30 23125 ${String(random.between(0, 999)).padStart(3, "0")}` : null,
  };
}
