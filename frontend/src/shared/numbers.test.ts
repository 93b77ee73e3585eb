import { describe, expect, it } from "vitest";

import { announcedSecs, clockText } from "./countdown";
import { moneyParts, moneyText, parseMoney } from "./money";
import { exactNumber, shortNumber } from "./numbers";

describe("numbers", () => {
  it("are exact below ten thousand", () => {
    expect(shortNumber(9_999, "zh-CN")).toBe("9,999");
    expect(shortNumber(1_204, "en")).toBe("1,204");
  });

  it("shorten from there, and never round up", () => {
    expect(shortNumber(12_000, "zh-CN")).toBe("1.2万");
    expect(shortNumber(12_999, "en")).toBe("12k");
    expect(shortNumber(129_999, "zh-CN")).toBe("12万");
    expect(shortNumber(123_000_000, "zh-CN")).toBe("1.2亿");
    expect(shortNumber(1_290_000, "en")).toBe("1.2M");
    expect(exactNumber(12_999, "en")).toBe("12,999");
  });
});

describe("money", () => {
  it("shows no fraction where there is none", () => {
    expect(moneyText({ amount: 3900, currency: "CNY" }, "zh-CN")).toBe("¥39");
    expect(moneyText({ amount: 3990, currency: "CNY" }, "en")).toBe("¥39.90");
    expect(moneyText({ amount: 500, currency: "JPY" }, "en")).toBe("¥500");
    expect(moneyParts({ amount: -123456, currency: "USD" }, "en")).toEqual({
      sign: "-", symbol: "$", whole: "1,234", fraction: ".56",
    });
  });

  it("reads what was typed, and nothing else", () => {
    expect(parseMoney("39", "CNY")).toBe(3900);
    expect(parseMoney(" 39.9 ", "CNY")).toBe(3990);
    expect(parseMoney("39.999", "CNY")).toBeNull();
    expect(parseMoney("39.5", "JPY")).toBeNull();
    expect(parseMoney("-1", "CNY")).toBeNull();
    expect(parseMoney("", "CNY")).toBeNull();
  });
});

describe("countdown", () => {
  it("reaches 00:00 only when it is over", () => {
    expect(clockText(599_001)).toBe("10:00");
    expect(clockText(1)).toBe("00:01");
    expect(clockText(0)).toBe("00:00");
    expect(clockText(-5)).toBe("00:00");
    expect(clockText(3_661_000)).toBe("1:01:01");
  });

  it("is announced once at each mark, and not when it is over", () => {
    expect(announcedSecs(60_100, 59_900)).toBe(60);
    expect(announcedSecs(59_900, 59_700)).toBeNull();
    expect(announcedSecs(30_001, 30_000)).toBe(30);
    expect(announcedSecs(10_100, 9_850)).toBe(10);
    expect(announcedSecs(200, 0)).toBeNull();
  });
});
