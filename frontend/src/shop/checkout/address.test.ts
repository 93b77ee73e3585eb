import { expect, it } from "vitest";

import { addressProblems, cleanAddress } from "./address";

const good = { name: "王芳", phone: "138 0013 8000", region: "浙江省杭州市", line: "文三路 1 号" };

it("takes an address that can be delivered to", () => {
  expect(addressProblems(good)).toEqual({});
  expect(addressProblems({ ...good, phone: "+49 (170) 123-4567" })).toEqual({});
});

it("names every field that is missing or cannot be right", () => {
  expect(addressProblems({ name: " ", phone: "", region: "", line: "" })).toEqual({
    name: "address.name_missing",
    phone: "address.phone_missing",
    region: "address.region_missing",
    line: "address.line_missing",
  });
  expect(addressProblems({ ...good, phone: "12345" })).toEqual({ phone: "address.phone_bad" });
  expect(addressProblems({ ...good, phone: "call me" })).toEqual({ phone: "address.phone_bad" });
});

it("sends no blanks around the text", () => {
  expect(cleanAddress({ ...good, name: " 王芳 " }).name).toBe("王芳");
});
