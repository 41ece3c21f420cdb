import { expect, it } from "vitest";
import { addressesIn } from "./addresses-in";

it.each([
  ["one address", "a@example.com", ["a@example.com"]],
  ["one a line, twice the same", "a@example.com\r\n\r\n  b@example.com \na@example.com", ["a@example.com", "b@example.com"]],
  ["a table with heads", 'Email;Reason\n"a@example.com";spam\nb@example.com;bounce', ["a@example.com", "b@example.com"]],
  ["the address in any column", "1\tAnna\ta@example.com\n2\tBert\tb@example.com", ["a@example.com", "b@example.com"]],
  ["numbers", "Phone\n+49 171 1234567\n0171/1234568", ["+49 171 1234567", "0171/1234568"]],
  ["what is none stays to be shown", "a@example.com\nniemand", ["a@example.com", "niemand"]],
  ["a single line is no head", "niemand", ["niemand"]],
  ["nothing", " \n\n", []],
])("%s", (_, text, expected) => {
  expect(addressesIn(text)).toEqual(expected);
});
