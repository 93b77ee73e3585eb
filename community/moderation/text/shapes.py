"""The shape of a text: what is left of it when the ways to write one thing differently are gone.

NFKC and case fold; what takes no room and what stands above or below a letter goes; look-alikes become the Latin letter
that they look like (after Unicode Technical Standard 39, "skeleton"); traditional characters, and variants, become
simplified ones. Letters that were spelled out, or had something put between them, come together. To mix scripts is no
offence: 加薇X is ordinary, and stays what it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

# By what they look like, in lower case: Cyrillic, Greek, Armenian, Cherokee, phonetic and other letters.
_LOOK_ALIKES = {
    "a": "аɑαａӑӓᴀ∂ⱥ",
    "b": "ЬьвβƄƅʙᏏɓƀ",
    "c": "сϲⅽᴄçćċčↄƈȼ",
    "d": "ԁⅾɗđᴅժ",
    "e": "еєҽεɛᴇэ℮ӗəɘ",
    "f": "ғƒꜰſẝϝ",
    "g": "ɡցǥɢğԍᶃ",
    "h": "һնħнʜհ",
    "i": "іıɩιｉӏΙ׀ɪյ¡ⅰ",
    "j": "јʝϳᴊɉ",
    "k": "кκᴋқҝĸƙ",
    "l": "ⅼłʟℓɭƚⱡ",
    "m": "мⅿᴍɱ",
    "n": "ոпηɴɲŋƞ",
    "o": "оοօσ०੦૦ᴏøөɵ๐໐ჿ",
    "p": "рρϱᴘþƥ",
    "q": "ԛգզɋ",
    "r": "гɾʀяᴦɼɍ",
    "s": "ѕʂꜱƽ§ș",
    "t": "тτᴛţŧƭ",
    "u": "սυʋᴜцµɥ",
    "v": "ѵνᴠⅴ∨",
    "w": "ԝѡωᴡɯшщ",
    "x": "хχⅹҳ",
    "y": "уүγʏყɏ",
    "z": "ʐᴢƶȥ",
}
# After NFD, so that accents have gone already.
_TRADITIONAL = (
    "愛爱罷罢備备輩辈筆笔幣币標标錶表邊边變变賓宾補补財财參参倉仓產产長长償偿嘗尝車车塵尘稱称遲迟沖冲蟲虫醜丑處处觸触傳传"
    "創创從从達达帶带單单擔担當当黨党導导燈灯鄧邓敵敌點点電电東东動动獨独讀读對对隊队奪夺額额兒儿爾尔發发罰罚飯饭範范飛飞"
    "豐丰風风婦妇該该蓋盖幹干剛刚個个給给購购構构觀观館馆慣惯廣广歸归國国過过漢汉號号後后護护畫画話话懷怀歡欢還还換换匯汇"
    "會会獲获機机擊击積积極极級级際际繼继記记價价間间監监檢检見见將将講讲獎奖節节傑杰潔洁緊紧進进經经驚惊競竞舊旧舉举據据"
    "覺觉開开課课褲裤塊块礦矿來来蘭兰藍蓝勞劳樂乐類类離离裡里禮礼歷历聯联臉脸兩两療疗領领劉刘龍龙樓楼錄录陸陆亂乱論论羅罗"
    "馬马嗎吗碼码買买賣卖滿满門门們们夢梦難难鳥鸟農农盤盘賠赔騙骗憑凭齊齐騎骑氣气錢钱槍枪強强橋桥親亲輕轻請请區区權权勸劝"
    "熱热認认賽赛傷伤燒烧設设審审聲声勝胜師师時时實实試试視视適适書书術术屬属數数帥帅雙双誰谁絲丝雖虽歲岁孫孙臺台態态談谈"
    "討讨體体條条鐵铁聽听廳厅統统頭头圖图團团脫脱灣湾萬万網网為为偽伪衛卫穩稳問问務务誤误習习戲戏線线現现鄉乡響响項项寫写"
    "謝谢興兴選选學学壓压煙烟嚴严驗验陽阳養养樣样藥药業业醫医義义藝艺億亿陰阴銀银應应營营贏赢優优遊游魚鱼語语與与園园員员"
    "圓圆遠远願愿約约雲云運运雜杂贓赃責责則则賬账張张這这針针陣阵爭争證证隻只織织職职質质鐘钟種种眾众週周豬猪轉转莊庄裝装"
    "狀状準准資资總总縱纵組组賭赌註注貸贷薦荐聊聊號号絡络訊讯淫淫彩彩"
)
# Other ways to write a character: those of Japan, and variants that dictionaries give.
_VARIANTS = (
    "発发変变気气広广売卖図图団团対对応应関关帰归県县経经権权検检験验済济実实収收処处焼烧乗乘辺边歩步毎每満满訳译両两霊灵戦战"
    "沢泽択择弾弹単单伝传転转銭钱鉄铁続续総总聴听読读歯齿児儿仮假価价斉齐剤剂浜滨険险圧压囲围営营駅驿塩盐奨奖覚觉楽乐亜亚"
    "愽博躶裸倮裸覇霸峯峰羣群裏里牀床喫吃賍赃賤贱菸烟疎疏踈疏鑑鉴鋪铺舖铺粦磷勅敕敎教敍叙眞真靑青淸清説说悅悦銳锐冩写衆众証证"
    "恊协脇胁雞鸡鷄鸡鬪斗鬥斗鬭斗閙闹鬧闹恠怪恥耻蹟迹跡迹讐仇讎仇昬昏畧略祕秘邨村邱丘甯宁寗宁"
)
_DROPPED_CATEGORIES = frozenset({"Cf", "Mn", "Me", "Cc", "Cs"})
_SPACE = " "

_TABLE: dict[int, str] = {ord(char): letter for letter, chars in _LOOK_ALIKES.items() for char in chars}
for _pairs in (_TRADITIONAL, _VARIANTS):
    _TABLE |= {ord(old): new for old, new in zip(_pairs[::2], _pairs[1::2], strict=True)}
# Letters in black circles and squares, and those that make flags: NFKC leaves them as they are.
for _first in (0x1F150, 0x1F170, 0x1F1E6):
    _TABLE |= {_first + n: chr(ord("a") + n) for n in range(26)}

_LEET = str.maketrans("01345789@$!", "oieastbga" + "si")
_WORD = re.compile(r"[a-z0-9@$!]+")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# What people put between the characters of a word; what ends a sentence is no such thing.
_BETWEEN = r"[\s.\-_*·•|/\\~^'\"`+=#%&＊、丶…—–⋅∙・]"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}]){_BETWEEN}+(?=[{_HAN}])")
_SPELLED_OUT = re.compile(rf"(?<![a-z0-9])(?:[a-z0-9@$!]{_BETWEEN}+){{2,}}[a-z0-9@$!](?![a-z0-9])")
_INSIDE_WORD = re.compile(r"(?<=[a-z0-9])[.\-_*·•'`|~^]+(?=[a-z0-9])")
_ANY_BETWEEN = re.compile(f"{_BETWEEN}+")


class Shape(NamedTuple):
    """`spaced`: words as they stand; `joined`: the same without what stands inside words (`via-gra`)."""

    spaced: str
    joined: str

    @property
    def forms(self) -> tuple[str, ...]:
        return (self.spaced,) if self.spaced == self.joined else (self.spaced, self.joined)


def folded(text: str) -> str:
    """Letter by letter: compatible forms, case, accents, look-alikes, variants."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    decomposed = unicodedata.normalize("NFD", text)
    if not decomposed.isascii():
        decomposed = "".join(
            char for char in decomposed if char.isascii() or unicodedata.category(char) not in _DROPPED_CATEGORIES
        )
    # Syllables of Hangul come together again; whatever had an accent has lost it.
    return unicodedata.normalize("NFC", decomposed).translate(_TABLE)


def shape_of(text: str) -> Shape:
    found = folded(text)
    found = _BETWEEN_HAN.sub("", found)
    found = _SPELLED_OUT.sub(lambda match: _ANY_BETWEEN.sub("", match.group()), found)
    found = _WORD.sub(_letters, found)
    found = _LONG_RUN.sub(r"\1", found)
    found = _SPACE.join(found.split())
    return Shape(found, _INSIDE_WORD.sub("", found))


def _letters(match: re.Match[str]) -> str:
    """Digits in a word are letters: in `v1agra`, not in `15 s` nor `501`."""
    word = match.group()
    letters = sum(char.isalpha() for char in word)
    if letters == len(word) or not word[0].isalpha() or letters * 2 < len(word):
        return word
    end = len(word.rstrip("!"))
    return word[:end].translate(_LEET) + word[end:]


@lru_cache(maxsize=256)
def same_text(text: str) -> str:
    """By which two texts are the same, for whoever repeats himself."""
    return "".join(char for char in shape_of(text).joined if char.isalnum())
