import { describe, expect, it } from "vitest";
import { LIQUID_FILTERS, LIQUID_TAGS, PRODUCT_FIELDS, variablesOf } from "@/server/notifications/templates/schema";
import { narrowed, suggest, type Vocabulary } from "./complete";
import { brokenPart, partsOf, placesOf } from "./parts";

const named = (names: readonly string[]) => names.map((name) => ({ name, label: name }));
const words = (kind: Parameters<typeof variablesOf>[0] = "credit_granted"): Vocabulary => ({
  style: "liquid",
  variables: variablesOf(kind).map(({ name, type }) => ({ name, type, label: name, value: "" })),
  filters: named(LIQUID_FILTERS),
  tags: named(LIQUID_TAGS),
  members: named(PRODUCT_FIELDS),
});

/** The caret is written as ‸. */
function at(marked: string, vocabulary = words(), address = false) {
  const caret = marked.indexOf("‸");
  const text = marked.replace("‸", "");
  const found = suggest(text, caret, vocabulary, address);
  return {
    names: found?.items.map(({ name }) => name) ?? [],
    /** The text after choosing, again with its caret. */
    choose: (name: string): string => {
      const item = found?.items.find((one) => one.name === name);
      if (!found || !item) throw new Error(`${name} is not offered in ${marked}`);
      const insert = `${item.insert.slice(0, item.caret)}‸${item.insert.slice(item.caret)}`;
      return text.slice(0, found.from) + insert + text.slice(found.to);
    },
  };
}

describe("variables", () => {
  it("are offered within braces and nowhere else", () => {
    for (const text of ["‸", "Hallo ‸", "{‸", "{ {am‸", "{{ amount }}‸", "{{ amount }} und ‸", "{{ amount ‸ }}", '{{ "am‸" }}'])
      expect(at(text).names, text).toEqual([]);
    for (const text of ["{{‸", "{{ ‸", "{{ am‸", "{{ am‸ }}", "{{-‸", "{{ a }} {{ ‸", "x {{ ‸\n{{ a }}"])
      expect(at(text).names, text).toContain("amount");
  });

  it("are written out with the braces they need", () => {
    expect(at("Hallo {{am‸").choose("amount")).toBe("Hallo {{ amount }}‸");
    expect(at("{{ am‸ und mehr").choose("amount")).toBe("{{ amount }}‸ und mehr");
    expect(at("{{ am‸ }}").choose("amount")).toBe("{{ amount‸ }}");
    expect(at("{{‸}}").choose("amount")).toBe("{{ amount‸ }}");
    expect(at("{{ a‸mount }}").choose("currency")).toBe("{{ currency‸ }}");
    expect(at("{{ a‸ | upcase }}").choose("shop")).toBe("{{ shop‸ | upcase }}");
  });

  it("are those of the kind of message", () => {
    expect(at("{{ ‸", words("campaign_message")).names).not.toContain("amount");
    expect(at("{{ ‸", words("campaign_message")).names).not.toContain("confirm_url");
    expect(at("{{ ‸", words("opt_in")).names).toContain("confirm_url");
    expect(at("{{ ‸").names).not.toContain("recommendations");
  });

  it("begin an address only when they are one", () => {
    expect(at("{{ ‸", words(), true).names).toEqual(["shop_url", "unsubscribe_url", "preferences_url"]);
    expect(at("https://x.example/?n={{ ‸", words(), true).names).toContain("first_name");
  });
});

it("narrows by name first, then by plain words in the person's language", () => {
  const item = (name: string, label: string) => ({ name, label, value: "", insert: name, caret: 0, more: false });
  const items = [item("shop", "Name des Shops"), item("first_name", "Vorname"), item("amount", "Betrag")];
  expect(narrowed(items, "").map(({ name }) => name)).toEqual(["shop", "first_name", "amount"]);
  expect(narrowed(items, "Vor").map(({ name }) => name)).toEqual(["first_name"]);
  expect(narrowed(items, "name").map(({ name }) => name)).toEqual(["shop", "first_name"]);
  expect(narrowed(items, "x")).toEqual([]);
});

describe("filters", () => {
  it("follow a bar, and only the allowed ones", () => {
    expect(at("{{ recommendations.size |‸").names).toEqual([...LIQUID_FILTERS]);
    expect(at("{{ amount | up‸").choose("upcase")).toBe("{{ amount | upcase }}‸");
    expect(at("{{ amount |‸ }}").choose("upcase")).toBe("{{ amount | upcase‸ }}");
    expect(at("{{ first_name | ‸").choose("default")).toBe('{{ first_name | default: "‸" }}');
    expect(at("{{ first_name | ‸ }}").choose("default")).toBe('{{ first_name | default: "‸" }}');
  });
  it("take variables as what they work with", () => {
    expect(at("{{ shop_url | append: ‸").names).toContain("amount");
  });
});

describe("tags", () => {
  it("come with their end", () => {
    expect(at("{% ‸").choose("if")).toBe("{% if ‸ %}{% endif %}");
    expect(at("{% if ‸ %}{% endif %}").choose("first_name")).toBe("{% if first_name‸ %}{% endif %}");
    expect(at("{%‸").choose("for")).toBe("{% for product in recommendations %}‸{% endfor %}");
    expect(at("{% ‸").choose("assign")).toBe("{% assign ‸ =  %}");
  });
  it("end only what is open", () => {
    expect(at("{% ‸").names).not.toContain("endif");
    expect(at("{% if a %}x{% ‸").names).toEqual(expect.arrayContaining(["endif", "else", "elsif"]));
    expect(at("{% if a %}x{% endif %}{% ‸").names).not.toContain("endif");
    expect(at("{% for p in recommendations %}{% if a %}{% ‸").names).not.toContain("endfor");
    expect(at("{% if a %}x{% end‸").choose("endif")).toBe("{% if a %}x{% endif %}‸");
  });
  it("ask for variables and lists where they want one", () => {
    expect(at("{% if amount and ‸").names).toContain("recommendations.size");
    expect(at("{% if amount ‸").names).toEqual([]);
    expect(at("{% for p in ‸").names).toEqual(["recommendations"]);
    expect(at("{% if recommendations.‸ %}").names).toEqual(["size"]);
    expect(at("{% ‸", words("credit_refunded")).names).toContain("if");
  });
  it("name the entries of a list inside of its loop", () => {
    expect(at("{% for p in recommendations %}{{ ‸").names).toContain("p.title");
    expect(at("{% for p in recommendations %}{{ p.‸ }}").choose("price")).toBe("{% for p in recommendations %}{{ p.price‸ }}");
    expect(at("{% for p in recommendations %}{% endfor %}{{ ‸").names).not.toContain("p.title");
  });
});

describe("a campaign's placeholders", () => {
  const braces: Vocabulary = {
    ...words(),
    style: "braces",
    variables: words().variables.filter(({ name }) => /^(amount|shop)$/.test(name)),
  };
  it("stand in single braces", () => {
    expect(at("{‸", braces).names).toEqual(["shop", "amount"]);
    expect(at("Hallo {am‸!", braces).choose("amount")).toBe("Hallo {amount}‸!");
    expect(at("{am‸}", braces).choose("amount")).toBe("{amount}‸");
    expect(at("{amount}‸", braces).names).toEqual([]);
    expect(at("am‸", braces).names).toEqual([]);
  });
});

describe("parts", () => {
  it("end at their braces, or at the line while somebody writes", () => {
    expect(partsOf("a {{ b }} {% if c %}\n{{ d")).toEqual([
      { kind: "output", from: 2, to: 9, closed: true },
      { kind: "tag", from: 10, to: 20, closed: true },
      { kind: "output", from: 21, to: 25, closed: false },
    ]);
    expect(partsOf("{{ a {{ b }}").map(({ closed }) => closed)).toEqual([false, true]);
  });
  it("show where an unknown name stands, not where it is quoted or a member", () => {
    expect(placesOf(`foo {{ foo | default: "foo" }} {{ x.foo }} {% if foo %}`, "foo")).toEqual([
      { from: 7, to: 10 },
      { from: 49, to: 52 },
    ]);
  });
  it("show which part is broken", () => {
    expect(brokenPart("{{ a }}\n{{ b", "output not closed, line:2, col:1")).toEqual({ from: 8, to: 12 });
    expect(brokenPart("{{ a", "something else")).toEqual({ from: 0, to: 4 });
    expect(brokenPart("{{ a }}", "something else")).toBeNull();
  });
});

describe("filters that calculate", () => {
  const COUNTING = ["plus", "minus", "times", "round"];
  const offered = (marked: string) => at(marked, words("campaign_message")).names.filter((name) => COUNTING.includes(name));
  it.each([
    "{{ shop | ‸ }}",
    "{{ first_name | upcase | ‸ }}",
    "{{ recommendations | ‸ }}",
    "{{ 'a' | ‸ }}",
    "{% assign a = first_name | ‸ %}",
    "{% for p in recommendations %}{{ p.price | ‸ }}{% endfor %}",
  ])("are not offered behind a text: %s", (marked) => {
    expect(offered(marked)).toEqual([]);
    expect(at(marked, words("campaign_message")).names).toContain("upcase");
  });
  it.each([
    "{{ recommendations.size | ‸ }}",
    "{{ shop | size | ‸ }}",
    "{{ 2 | ‸ }}",
    "{% assign n = 1 %}{{ n | ‸ }}",
    "{% assign a = 2 | ‸ %}",
  ])("are offered behind a number: %s", (marked) => {
    expect(offered(marked)).toEqual(COUNTING);
  });
});
