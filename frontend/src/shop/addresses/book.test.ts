import { expect, it } from "vitest";

import { ApiError, type BookAddress } from "@/shared/api";

import {
  bodyOf, chosenOf, emptyForm, formOf, problemsOf, refusedFields, whereOf, type AddressForm,
} from "./book";
import { countriesIn } from "./countries";
import { levelsFor } from "./regions";

const home: AddressForm = {
  ...emptyForm(),
  name: "王芳",
  phone: "138 0013 8000",
  region: ["浙江省", "杭州市", "西湖区"],
  line: "文三路 1 号",
};
const abroad: AddressForm = {
  ...emptyForm(),
  name: "Ada",
  phone: "+1 (415) 555-0100",
  country: "US",
  region: ["San Francisco", "California"],
  line: "1 Market Street",
  postcode: "94105",
};
const inBook = (id: number, changes: Partial<BookAddress> = {}): BookAddress => ({
  ...bodyOf(home),
  id,
  is_default: false,
  as_text: { name: "王芳", phone: "138 0013 8000", region: "浙江省 杭州市 西湖区", line: "文三路 1 号" },
  ...changes,
});
const key = (name: string) => name;

it("takes addresses in China and elsewhere", () => {
  expect(problemsOf(home)).toEqual({});
  expect(problemsOf({ ...home, phone: "0571-88886666", postcode: "310012" })).toEqual({});
  expect(problemsOf(abroad)).toEqual({});
  expect(problemsOf({ ...abroad, region: ["Singapore", ""], postcode: "" })).toEqual({});
});

it("names every field that is missing", () => {
  expect(problemsOf(emptyForm())).toEqual({
    name: "addresses.name_missing",
    phone: "addresses.phone_missing",
    region: "addresses.region_missing",
    line: "addresses.line_missing",
  });
  expect(problemsOf({ ...abroad, region: ["", "California"] })).toEqual({ region: "addresses.city_missing" });
});

it("is as strict with phones and postcodes as the country", () => {
  expect(problemsOf({ ...home, phone: "+1 415 555 0100", postcode: "94105" })).toEqual({
    phone: "addresses.phone_bad",
    postcode: "addresses.postcode_bad",
  });
  expect(problemsOf({ ...abroad, phone: "call me", postcode: "?" })).toEqual({
    phone: "addresses.phone_bad_abroad",
    postcode: "addresses.postcode_bad_abroad",
  });
  expect(problemsOf({ ...home, region: ["浙江省", "杭州市", ""] })).toEqual({ region: "addresses.region_missing" });
});

it("sends no blanks and no empty levels", () => {
  expect(bodyOf({ ...abroad, name: " Ada ", region: [" Singapore ", ""], label: " " })).toEqual({
    name: "Ada",
    phone: "+1 (415) 555-0100",
    country: "US",
    region: ["Singapore"],
    line: "1 Market Street",
    postcode: "94105",
    label: "",
  });
});

it("reads an entry of the book back into the form, levels beyond the second joined", () => {
  expect(formOf(inBook(1))).toEqual(home);
  const deep = inBook(2, { country: "GB", region: ["Leeds", "West Yorkshire", "England"] });
  expect(formOf(deep).region).toEqual(["Leeds", "West Yorkshire, England"]);
});

it("puts what the server refused at its fields, also when it is nested", () => {
  const fields = { region: { 0: ["max_length"] }, phone: ["invalid"], name: ["blank"], other: ["invalid"] };
  const error = new ApiError("invalid", 400, {}, fields as unknown as Record<string, string[]>);
  const found = refusedFields(error, "CN", key);
  expect(Object.keys(found)).toEqual(["region", "phone", "name"]);
  expect(found.phone).toBe("addresses.phone_bad");
  const unknown = new ApiError("invalid", 400, {}, { region: ["unknown"], postcode: ["invalid"] });
  expect(refusedFields(unknown, "CN", key)).toEqual({
    region: "addresses.region_missing",
    postcode: "addresses.postcode_bad",
  });
  expect(refusedFields(new Error("no answer"), "CN", key)).toEqual({});
});

it("begins with what was chosen, then the default, then the newest", () => {
  const book = [inBook(3), inBook(2, { is_default: true }), inBook(1)];
  expect(chosenOf(book, 1)?.id).toBe(1);
  expect(chosenOf(book, 9)?.id).toBe(2);
  expect(chosenOf([inBook(5), inBook(4)], null)?.id).toBe(5);
  expect(chosenOf([], 1)).toBeNull();
});

it("writes a place as it is read there", () => {
  expect(whereOf(inBook(1), "en")).toBe("浙江省 杭州市 西湖区 文三路 1 号");
  const london = inBook(2, { country: "GB", region: ["London"], line: "1 Baker St", postcode: "NW1" });
  expect(whereOf(london, "en")).toBe("1 Baker St, London, NW1, United Kingdom");
  expect(whereOf({ ...london, postcode: "" }, "zh-CN")).toBe("1 Baker St, London, 英国");
});

const REGIONS: Record<string, { code: string; name: string; has_children: boolean }[]> = {
  "": [
    { code: "11", name: "北京市", has_children: true },
    { code: "33", name: "浙江省", has_children: true },
  ],
  11: [{ code: "1101", name: "市辖区", has_children: true }],
  1101: [
    { code: "110101", name: "东城区", has_children: false },
    { code: "110105", name: "朝阳区", has_children: false },
  ],
  33: [
    { code: "3301", name: "杭州市", has_children: true },
    { code: "3302", name: "宁波市", has_children: true },
  ],
};
const read = async (code: string) => REGIONS[code] ?? [];

it("offers a level after the one above is chosen, and takes the only way by itself", async () => {
  const chosen = async (names: string[]) => (await levelsFor(names, read)).map((level) => level.chosen);
  expect(await chosen(["", "", ""])).toEqual([""]);
  expect(await chosen(["浙江省", "", ""])).toEqual(["浙江省", ""]);
  expect(await chosen(["北京市", "", ""])).toEqual(["北京市", "市辖区", ""]);
  expect(await chosen(["北京市", "市辖区", "朝阳区"])).toEqual(["北京市", "市辖区", "朝阳区"]);
});

it("forgets what lies under another province", async () => {
  const levels = await levelsFor(["浙江省", "市辖区", "朝阳区"], read);
  expect(levels.map(({ chosen }) => chosen)).toEqual(["浙江省", ""]);
});

it("lists countries in the reader's language, China first", () => {
  expect(countriesIn("zh-CN")[0]).toEqual({ code: "CN", name: "中国" });
  const english = countriesIn("en");
  expect(english.slice(0, 2).map(({ name }) => name)).toEqual(["China", "Afghanistan"]);
  expect(new Set(english.map(({ code }) => code)).size).toBe(249);
});
