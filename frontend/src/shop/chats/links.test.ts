import { describe, expect, it } from "vitest";

import { piecesOf } from "./links";

const ORIGIN = "https://souk.example";
const hrefs = (text: string) => piecesOf(text, ORIGIN).flatMap(({ href }) => href ?? []);

describe("links in a text", () => {
  it("cuts a text, and together the pieces are the text again", () => {
    for (const text of ["", "no link", "看https://a.example/路径 好", "(https://a.example/x_(y)), and more", "<b>x</b>"]) {
      expect(piecesOf(text, ORIGIN).map((piece) => piece.text).join("")).toBe(text);
    }
  });

  it("leaves out what stands around a link", () => {
    expect(hrefs("see https://a.example/b?c=1. Then")).toEqual(["https://a.example/b?c=1"]);
    expect(hrefs("看这个https://a.example/x，很好")).toEqual(["https://a.example/x"]);
    expect(hrefs("(https://a.example/x_(y))")).toEqual(["https://a.example/x_(y)"]);
  });

  it("links nothing that could run, or hides where it leads", () => {
    for (const text of [
      "javascript:alert(1)", "data:text/html,<script>", "https://", "//a.example", "https://bank@evil.example/",
      "vbscript:x", "HTTPS:// a",
    ]) expect(hrefs(text)).toEqual([]);
    expect(hrefs('https://a.example/"onclick="x')).toEqual(["https://a.example/"]);
  });

  it("knows pages of its own", () => {
    const [piece] = piecesOf(`${ORIGIN}/join/abc?x=1`, ORIGIN);
    expect(piece?.inside).toBe("/join/abc?x=1");
    expect(piecesOf("https://souk.example.evil.example/", ORIGIN)[0]?.inside).toBeUndefined();
  });
});
