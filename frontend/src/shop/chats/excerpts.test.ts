import { describe, expect, it } from "vitest";

import { excerptOf } from "./excerpts";

const marked = (text: string, query: string) => {
  return excerptOf(text, query).map((part) => (part.isMatch ? `[${part.text}]` : part.text)).join("");
};

describe("what was found", () => {
  it("marks every word that was searched for, however it is written", () => {
    expect(marked("Oolong tea, more oolong", "OOLONG tea")).toBe("[Oolong] [tea], more [oolong]");
    expect(marked("今晚八点喝茶", "八点")).toBe("今晚[八点]喝茶");
    expect(marked("a.b (c) axb", "a.b (c)")).toBe("[a.b] [(c)] axb");
  });

  it("leaves a text as it is where no word stands in it as it was written", () => {
    expect(marked("茶在晚上的会上", "茶会")).toBe("茶在晚上的会上");
    expect(marked("text", " ")).toBe("text");
    expect(excerptOf("", "tea")).toEqual([]);
  });

  it("shows a long text around the first match", () => {
    const text = `${"x".repeat(300)} tea ${"y".repeat(300)}`;
    const shown = marked(text, "tea");
    expect(shown).toMatch(/^…x+ \[tea\] y+…$/);
    expect(shown.length).toBe(200 + 4);
  });

  it.each(["👍", "👨‍👩‍👧", "🇨🇳", "👍🏽", "e\u0301"])("cuts no %s in half", (letter) => {
    for (const shift of ["", "x", "xy"]) {
      const shown = marked(`${letter.repeat(60)}${shift} tea ${shift}${letter.repeat(200)}`, "tea");
      expect(shown.replaceAll(letter, "")).toBe(`…${shift} [tea] ${shift}…`);
    }
  });
});
