import type { Random } from "./random";

export type DemoProduct = {
  id: string;
  externalId: string;
  title: string;
  tags: string[];
  collections: string[];
  /** Minor units of the shop's currency, VAT included. */
  price: number;
  category: number;
  popularity: number;
};

/** Month weights of demand per category, January first: tents sell in spring, lamps in autumn. */
type Category = {
  collection: string;
  titleDe: readonly string[];
  titleEn: readonly string[];
  low: number;
  high: number;
  tags: readonly string[];
  months: readonly number[];
};

const OUTDOOR = [5, 5, 7, 9, 12, 12, 11, 9, 7, 5, 5, 6] as const;
const WINTER = [10, 8, 5, 3, 2, 2, 3, 5, 9, 12, 15, 16] as const;
const EVEN = [7, 6, 7, 8, 8, 7, 7, 7, 8, 9, 12, 14] as const;

export const CATEGORIES: readonly Category[] = [
  {
    collection: "rucksaecke",
    titleDe: ["Tagesrucksack", "Trekkingrucksack", "Kurierrucksack", "Rolltop-Rucksack", "Kinderrucksack", "Packsack"],
    titleEn: ["Day pack", "Trekking pack", "Courier pack", "Roll-top pack", "Kids' pack", "Dry bag"],
    low: 2_900,
    high: 18_900,
    tags: ["outdoor", "reise"],
    months: OUTDOOR,
  },
  {
    collection: "zelte-schlafsaecke",
    titleDe: ["Leichtzelt", "Familienzelt", "Daunenschlafsack", "Sommerschlafsack", "Isomatte", "Hängematte"],
    titleEn: ["Light tent", "Family tent", "Down sleeping bag", "Summer sleeping bag", "Sleeping mat", "Hammock"],
    low: 3_900,
    high: 34_900,
    tags: ["outdoor", "camping"],
    months: OUTDOOR,
  },
  {
    collection: "outdoor-kueche",
    titleDe: ["Gaskocher", "Topfset", "Isolierflasche", "Emaillebecher", "Feuerschale", "Klappmesser"],
    titleEn: ["Gas stove", "Pot set", "Insulated bottle", "Enamel mug", "Fire bowl", "Folding knife"],
    low: 1_290,
    high: 11_900,
    tags: ["outdoor", "kueche"],
    months: OUTDOOR,
  },
  {
    collection: "bekleidung",
    titleDe: ["Regenjacke", "Merinoshirt", "Fleecepullover", "Wanderhose", "Wollmütze", "Wandersocken"],
    titleEn: ["Rain jacket", "Merino shirt", "Fleece pullover", "Hiking trousers", "Wool hat", "Hiking socks"],
    low: 1_490,
    high: 21_900,
    tags: ["bekleidung"],
    months: EVEN,
  },
  {
    collection: "licht",
    titleDe: ["Stirnlampe", "Laterne", "Lichterkette", "Tischleuchte", "Kerzenhalter", "Leselampe"],
    titleEn: ["Head torch", "Lantern", "String lights", "Table lamp", "Candle holder", "Reading lamp"],
    low: 990,
    high: 12_900,
    tags: ["licht", "wohnen"],
    months: WINTER,
  },
  {
    collection: "wohntextilien",
    titleDe: ["Wolldecke", "Leinenkissen", "Teppich", "Bettwäsche", "Handtuchset", "Lammfell"],
    titleEn: ["Wool blanket", "Linen cushion", "Rug", "Bed linen", "Towel set", "Sheepskin"],
    low: 1_990,
    high: 24_900,
    tags: ["wohnen", "textil"],
    months: WINTER,
  },
  {
    collection: "garten",
    titleDe: ["Handschaufel", "Pflanztopf", "Gießkanne", "Hochbeet", "Gartenbank", "Vogelhaus"],
    titleEn: ["Hand trowel", "Plant pot", "Watering can", "Raised bed", "Garden bench", "Bird house"],
    low: 1_190,
    high: 27_900,
    tags: ["garten"],
    months: [3, 5, 12, 16, 16, 12, 9, 7, 6, 5, 4, 5],
  },
  {
    collection: "kueche-tisch",
    titleDe: ["Schneidebrett", "Steingutteller", "Teekanne", "Karaffe", "Kochlöffelset", "Brotkasten"],
    titleEn: ["Chopping board", "Stoneware plate", "Teapot", "Carafe", "Wooden spoon set", "Bread bin"],
    low: 890,
    high: 8_900,
    tags: ["kueche", "wohnen"],
    months: EVEN,
  },
];

const NAMES = ["Fjell", "Heide", "Kiefer", "Sylt", "Harz", "Watt", "Birke", "Alm", "Moor", "Fels", "Düne", "Quelle"];
const EXTRA_TAGS = ["nachhaltig", "made-in-germany", "neu", "geschenkidee", "wasserdicht", "leicht"];

/** The assortment of a demo shop: per category six kinds in several models. */
export function makeCatalogue(random: Random, options: { english: boolean; models: number; createdAt: number }): DemoProduct[] {
  const products: DemoProduct[] = [];
  CATEGORIES.forEach((category, index) => {
    const titles = options.english ? category.titleEn : category.titleDe;
    for (const title of titles) {
      for (let model = 0; model < options.models; model++) {
        const price = category.low + (category.high - category.low) * random.unit() ** 3.2;
        const popularity = random.exponential(1) + 0.05;
        const tags = new Set(category.tags);
        if (random.chance(0.5)) tags.add(random.pick(EXTRA_TAGS));
        if (popularity > 2.5) tags.add("bestseller");
        if (random.chance(0.1)) tags.add("sale");
        const collections = [category.collection];
        if (random.chance(0.15)) collections.push("geschenke");
        if (popularity > 2.2) collections.push("beliebt");
        products.push({
          id: random.uuid(options.createdAt),
          externalId: `P${String(products.length + 1001)}`,
          title: `${title} ${random.pick(NAMES)} ${random.between(1, 99)}`,
          tags: [...tags],
          collections,
          price: Math.max(490, Math.round(price / 500) * 500 - 10),
          category: index,
          popularity,
        });
      }
    }
  });
  return products;
}
