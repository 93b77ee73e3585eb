import { expect, it } from "vitest";

import { columnsIn, GAP, layOut, shownRatio, WORDS } from "./waterfall";

it("has two columns on a phone and four at a desk", () => {
  expect([358, 700, 1088].map(columnsIn)).toEqual([2, 3, 4]);
});

it("puts each card under the shortest column", () => {
  const { width, spots, height } = layOut([1, 0.8, 1, 1, null], 2 * 160 + GAP);
  expect(width).toBe(160);
  const [square, tall] = [160 + WORDS, 200 + WORDS];
  expect(spots).toEqual([
    { x: 0, y: 0, height: square },
    { x: 160 + GAP, y: 0, height: tall },
    { x: 0, y: square + GAP, height: square },
    { x: 160 + GAP, y: tall + GAP, height: square },
    { x: 0, y: 2 * (square + GAP), height: square },
  ]);
  expect(height).toBe(3 * square + 2 * GAP);
});

it("moves nothing when more come", () => {
  const ratios = Array.from({ length: 60 }, (_, place) => [1, 0.8, 0.75, null, 1.3][(place * 7) % 5] ?? null);
  const { spots } = layOut(ratios, 358);
  expect(layOut(ratios.slice(0, 30), 358).spots).toEqual(spots.slice(0, 30));
});

it("cuts what is too tall or too wide", () => {
  expect([0.2, 0.8, 5, null].map(shownRatio)).toEqual([0.75, 0.8, 4 / 3, 1]);
});

it("is empty without cards", () => {
  expect(layOut([], 358)).toMatchObject({ height: 0, spots: [] });
});
