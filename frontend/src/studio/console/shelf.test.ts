import { describe, expect, it } from "vitest";

import type { ShelfItem } from "@/shared/api";

import { changed, opened, ordered, without } from "./shelf";

function item(id: number, number: number, changes: Partial<ShelfItem> = {}): ShelfItem {
  const product = {
    id: id * 10,
    title: { zh: `商品${id}`, en: `Item ${id}` },
    picture: null,
    picture_ratio: null,
    price: { amount: 3900, currency: "CNY" },
    list_price: null,
    in_stock: true,
  };
  return { id, number, sold_out: false, pinned: false, product, ...changes };
}

const places = ({ items }: { items: ShelfItem[] }) => items.map(({ id, number }) => [id, number]);

describe("the shelf", () => {
  it("stands in the order of its numbers", () => {
    expect(places(opened([item(3, 3), item(1, 1), item(2, 2)]))).toEqual([[1, 1], [2, 2], [3, 3]]);
  });

  it("is numbered anew when it is reordered, and loses nothing that was not named", () => {
    const shelf = opened([item(1, 1), item(2, 2), item(3, 3)]);
    expect(places(ordered(shelf, [3, 1, 99]))).toEqual([[3, 1], [1, 2], [2, 3]]);
  });

  it("leaves the others their numbers when an item goes", () => {
    expect(places(without(opened([item(1, 1), item(2, 2), item(3, 3)]), 2))).toEqual([[1, 1], [3, 3]]);
  });

  it("takes the newest change of an item, in whatever order the events arrive", () => {
    const shelf = opened([item(1, 1), item(2, 2)]);
    const late = changed(changed(shelf, item(1, 1, { sold_out: true }), 8), item(1, 1), 7);
    expect(late.items[0]?.sold_out).toBe(true);
    expect(changed(late, item(2, 2, { sold_out: true }), 6).items[1]?.sold_out).toBe(true);
  });
});
