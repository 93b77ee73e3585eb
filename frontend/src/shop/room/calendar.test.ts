import { expect, it } from "vitest";

import { calendarEntry } from "./calendar";

it("is an entry with a reminder, its text escaped", () => {
  const entry = calendarEntry({ id: 7, title: "Tea; cups, more", start: Date.UTC(2026, 0, 2, 3, 4, 5), url: "http://x/7" });
  expect(entry).toContain("\r\nDTSTART:20260102T030405Z\r\n");
  expect(entry).toContain("\r\nSUMMARY:Tea\\; cups\\, more\r\n");
  expect(entry).toContain("\r\nTRIGGER:-PT5M\r\n");
});
