import { describe, expect, it } from "vitest";

import { begunAt, calledBy, mentionsIn } from "./mentions";

const PEOPLE = [
  { user: 1, name: "Mia" }, { user: 2, name: "Mia Chen" }, { user: 3, name: "小明" }, { user: null, name: "all" },
];
const called = (text: string) => mentionsIn(text, PEOPLE).map(({ user, start, length }) => {
  return [user, text.slice(start, start + length)];
});

describe("mentions", () => {
  it("finds the name that is begun at the caret, not an address", () => {
    expect(begunAt("Hi @Mi", 6)).toEqual({ start: 3, begun: "Mi" });
    expect(begunAt("你好@小", 4)).toEqual({ start: 2, begun: "小" });
    expect(begunAt("@", 1)).toEqual({ start: 0, begun: "" });
    for (const text of ["Hi", "a@b", "@Mia ", "tea.shop@a", ""]) expect(begunAt(text, text.length)).toBeNull();
    expect(begunAt("@Mia and more", 3)).toEqual({ start: 0, begun: "Mi" });
  });

  it("finds whom a text calls, the longest name first, in UTF-16 units", () => {
    expect(called("🍵 @Mia Chen and @Mia, @小明你好 @all")).toEqual([
      [2, "@Mia Chen"], [1, "@Mia"], [3, "@小明"], [null, "@all"],
    ]);
    expect(mentionsIn("🍵 @Mia", PEOPLE)).toEqual([{ user: 1, start: 3, length: 4 }]);
  });

  it("calls nobody by half a name, a longer one, or an address", () => {
    for (const text of ["@Mi", "@Miaow", "x@Mia", "Mia", "@ Mia", "@allsorts"]) expect(called(text)).toEqual([]);
  });

  it("states at most as many as the server takes", () => {
    expect(mentionsIn("@Mia ".repeat(60), PEOPLE)).toHaveLength(50);
  });

  it("knows whom a message has called, for wording it anew", () => {
    const text = "🍵 @Mia Chen and @小明";
    expect(calledBy(text, mentionsIn(text, PEOPLE))).toEqual([PEOPLE[1], PEOPLE[2]]);
  });
});
