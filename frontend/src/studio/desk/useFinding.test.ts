import { expect, it } from "vitest";

import { useFinding } from "./useFinding";

it("looks for nothing any more once the words are gone, whatever still comes for them", async () => {
  let answer: (people: string[]) => void = () => undefined;
  const { found, loading, find } = useFinding<string>(() => new Promise((resolve) => { answer = resolve; }));
  const asked = find("an");
  expect(loading.value).toBe(true);
  await find(" ");
  expect(loading.value).toBe(false);
  answer(["Ann"]);
  await asked;
  expect([found.value, loading.value]).toEqual([[], false]);
});
