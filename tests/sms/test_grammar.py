"""Ways of typing and what is meant by them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms.grammar import GRAMMAR, one_wrong, script_of

NUMBER = "24-019651"

Way = tuple[str, str, dict[str, object]]  # typed, kind, what else must be read out of it


def all_are(kind: str, words: str, **more: object) -> list[Way]:
    return [(word, kind, more) for word in words.split()]


WAYS: list[Way] = [
    # a case number, however typed
    ("24-019651", "number", {"numbers": ((NUMBER,),), "language": None}),
    ("24019651", "number", {"numbers": (("24019651",),)}),
    (" 24019651 ", "number", {"numbers": (("24019651",),)}),
    ("24 019651", "number", {"numbers": (("24019651",),)}),
    ("24 - 019651", "number", {"numbers": ((NUMBER,),)}),
    ("24–019651", "number", {"numbers": ((NUMBER,),)}),
    ("24－019651", "number", {"numbers": ((NUMBER,),)}),
    ("２４０１９６５１", "number", {"numbers": (("24019651",),)}),
    ("２４－０１９６５１。", "number", {"numbers": ((NUMBER,),)}),
    ("二四零一九六五一", "number", {"numbers": (("24019651",),)}),
    ("二四〇幺九六五幺", "number", {"numbers": (("24019651",),)}),
    ("贰肆零壹玖陆伍壹", "number", {"numbers": (("24019651",),)}),
    ("٢٤٠١٩٦٥١", "number", {"numbers": (("24019651",),)}),
    ("2401 9651 2345", "number", {"numbers": (("240196512345",),)}),
    ("240-196-512-345", "number", {"numbers": (("240-196-512-345",),)}),
    ("24.019651", "number", {"numbers": ((NUMBER,),)}),
    ("24_019651", "number", {"numbers": ((NUMBER,),)}),
    ("#24019651", "number", {"numbers": (("24019651",),)}),
    ("\u200e24-019651\u200f", "number", {"numbers": ((NUMBER,),)}),
    ("24019651\n", "number", {"numbers": (("24019651",),)}),
    ("1234", "number", {"numbers": (("1234",),)}),
    ("ZT-2024-001", "number", {"numbers": (("ZT-2024-001", "2024001"),)}),
    ("bp24019651", "number", {"numbers": (("BP24019651", "24019651"),)}),
    # inside a sentence; the sentence's language
    ("请问我的办件24-019651怎么样了", "number", {"numbers": ((NUMBER,),), "language": "zh-CN"}),
    ("编号：２４０１９６５１，谢谢", "number", {"numbers": (("24019651",),), "language": "zh-CN"}),
    ("我的编号是二四零一九六五一", "number",
     {"numbers": (("24019651",),), "language": "zh-CN"}),
    ("Is 24-019651 done?", "number", {"numbers": ((NUMBER,),)}),
    ("case24019651", "number", {"numbers": (("CASE24019651", "24019651"),)}),
    ("24-019651-B", "number", {"numbers": (("24-019651-B", "24019651"),)}),
    ("2024年5月交的，编号24-019651", "number", {"numbers": ((NUMBER,),)}),
    ("2024-05-12 提交的 24-019651", "number", {"numbers": ((NUMBER,),)}),
    ("What about 24-019651, please?", "number", {"numbers": ((NUMBER,),), "language": "en"}),
    ("No. 24019651", "number", {"numbers": (("24019651",),)}),
    ("24019651 办得怎么样", "number", {"numbers": (("24019651",),), "language": "zh-CN"}),
    ("24019651 نومۇرلۇق ئىش قانداق بولدى", "number",
     {"numbers": (("24019651",),), "language": "ug"}),
    ("240196512345 8812", "number", {"numbers": (("240196512345",),)}),  # with a query code
    ("240196512345 881207", "number", {"numbers": (("240196512345",),)}),
    ("窗口 24-019651", "number", {"numbers": ((NUMBER,),)}),
    # a number and its query code
    ("24-019651 402816", "number", {"numbers": ((NUMBER,),), "code": "402816", "coded": (NUMBER,)}),
    ("240196512345，402816", "number", {"code": "402816", "coded": ("240196512345",)}),
    ("24019651 402816", "number",
     {"numbers": (("24019651402816",),), "code": "402816", "coded": ("24019651",)}),
    ("24019651\n402816", "number",
     {"numbers": (("24019651",),), "code": "402816", "coded": ("24019651",)}),
    ("查询24-019651，码402816", "number", {"code": "402816", "language": "zh-CN"}),
    ("24-019651 CODE 402816", "number", {"code": "402816", "coded": (NUMBER,)}),
    ("code 402816 for 24-019651", "number", {"code": "402816", "coded": (NUMBER,)}),
    ("２４－０１９６５１　４０２８１６", "number", {"code": "402816", "coded": (NUMBER,)}),
    ("二四零一九六五一，四零二八一六", "number", {"code": "402816", "coded": ("24019651",)}),
    ("24-019651 كود 402816", "number", {"code": "402816", "language": "ug"}),
    ("24-019651", "number", {"code": "", "coded": (), "digits": ""}),
    ("402816", "number", {"code": "", "digits": "402816"}),
    ("４０２８１６", "number", {"digits": "402816"}),
    # a one-time code wanted; a query code that is gone
    ("验证码 24-019651", "code", {"numbers": ((NUMBER,),), "language": "zh-CN"}),
    ("24019651验证码", "code", {"numbers": (("24019651",),)}),
    ("CODE 240196512345", "code", {"numbers": (("240196512345",),), "language": "en"}),
    ("cdoe 24-019651", "code", {}),
    ("كود 24-019651", "code", {"numbers": ((NUMBER,),), "language": "ug"}),
    ("验证码", "code", {"numbers": ()}),
    ("丢失 24-019651", "lost", {"numbers": ((NUMBER,),)}),
    ("24-019651的查询码丢了", "lost", {"numbers": ((NUMBER,),)}),
    ("I LOST the code of 24-019651", "lost", {"numbers": ((NUMBER,),), "language": "en"}),
    ("LOST", "lost", {"numbers": ()}),
    ("24-019651 يوقاتتىم", "lost", {"numbers": ((NUMBER,),), "language": "ug"}),
    # several numbers: a question
    ("24-019651 24-019652", "numbers", {"numbers": ((NUMBER,), ("24-019652",))}),
    ("24019651\n24019652", "numbers", {"numbers": (("24019651",), ("24019652",))}),
    ("24019651和24019652", "numbers", {"language": "zh-CN"}),
    ("24-019651, 24-019651", "number", {"numbers": ((NUMBER,),)}),
    # what names a person is not looked up
    ("13912345678", "personal", {}),
    ("+8613912345678", "personal", {}),
    ("我的身份证11010519491231002X", "personal", {"language": "zh-CN"}),
    ("11010519491231002X", "personal", {}),
    ("13912345678的办件24-019651", "number", {"numbers": ((NUMBER,),)}),
    # guides
    ("指南 规划许可证", "guide", {"words": "规划许可证", "language": "zh-CN"}),
    ("指南规划许可证", "guide", {"words": "规划许可证"}),
    ("办事指南：规划许可证", "guide", {"words": "规划许可证"}),
    ("规划许可证怎么办", "guide", {"words": "规划许可证"}),
    ("请问规划许可证怎么办理？", "guide", {"words": "规划许可证"}),
    ("指南", "guide", {"words": ""}),
    ("GUIDE planning permit", "guide", {"words": "planning permit", "language": "en"}),
    ("ｇｕｉｄｅ permit", "guide", {"words": "permit"}),
    ("Guide: permit!", "guide", {"words": "permit"}),
    ("giude permit", "guide", {"words": "permit"}),
    ("guid permit", "guide", {"words": "permit"}),
    ("How do I apply for a planning permit?", "guide", {"words": "planning permit"}),
    ("قوللانما پىلان", "guide", {"words": "پىلان", "language": "ug"}),
    # notices and offices
    ("公示", "notices", {"words": "", "language": "zh-CN"}),
    ("公 示", "notices", {"words": ""}),
    ("看看公告", "notices", {"words": ""}),
    ("公示 听证", "notices", {"words": "听证"}),
    ("NOTICE", "notices", {"language": "en"}),
    ("notices.", "notices", {}),
    ("notcie", "notices", {}),
    ("ئۇقتۇرۇش", "notices", {"language": "ug"}),
    ("ۇقتۇرۇش", "notices", {}),  # without the leading hamza seat
    ("窗口", "offices", {"language": "zh-CN"}),
    ("规划窗口在哪里？", "offices", {"words": "规划"}),
    ("Office", "offices", {"language": "en"}),
    ("OFICE planning", "offices", {"words": "planning"}),
    ("کۆزنەک", "offices", {"language": "ug"}),  # with an Arabic keyboard's kaf
    # help
    ("帮助", "help", {"language": "zh-CN"}),
    ("HELP", "help", {"language": "en"}),
    ("help!!", "help", {}),
    ("hlep", "help", {}),
    ("？", "help", {"language": None}),
    ("??", "help", {}),
    ("؟", "help", {}),
    ("ياردەم", "help", {"language": "ug"}),
    # languages
    ("语言", "language", {"chosen": None}),
    ("LANG", "language", {"chosen": None, "language": "en"}),
    ("LANG EN", "language", {"chosen": "en"}),
    ("语言 中文", "language", {"chosen": "zh-CN"}),
    ("lang 维语", "language", {"chosen": "ug"}),
    ("EN", "language", {"chosen": "en"}),
    ("英语", "language", {"chosen": "en"}),
    ("english", "language", {"chosen": "en"}),
    ("Engilsh", "language", {"chosen": "en"}),
    ("中文", "language", {"chosen": "zh-CN"}),
    ("ئۇيغۇرچە", "language", {"chosen": "ug"}),
    ("Uyghur", "language", {"chosen": "ug"}),
    ("تىل", "language", {"chosen": None, "language": "ug"}),
    # choices
    ("1", "choice", {"choice": 1}),
    ("２", "choice", {"choice": 2}),
    ("三", "choice", {"choice": 3}),
    ("第二个", "choice", {"choice": 2}),
    ("5.", "choice", {"choice": 5}),
    ("②", "choice", {"choice": 2}),
    # the stop family, single words only
    ("STOP", "stop", {"twilio": True, "language": "en"}),
    (" stop ", "stop", {"twilio": True}),
    ("Stop.", "stop", {}),
    ("ＳＴＯＰ", "stop", {}),
    *all_are("stop", "UNSUBSCRIBE END QUIT STOPALL REVOKE OPTOUT CANCEL", twilio=True),
    ("退订", "stop", {"twilio": False, "language": "zh-CN"}),
    ("退订。", "stop", {}),
    ("TD", "stop", {"twilio": False, "language": "zh-CN"}),
    ("t", "stop", {}),
    ("回T", "stop", {}),
    ("توختات", "stop", {"twilio": False, "language": "ug"}),
    ("please stop texting me", "stop_hint", {}),
    ("我要退订短信", "stop_hint", {"language": "zh-CN"}),
    ("SOTP", "stop_hint", {}),
    ("STOPP", "stop_hint", {}),
    ("the end", "unknown", {}),
    ("cancel my appointment", "unknown", {}),
    ("yes please", "unknown", {}),
    # the start family
    *all_are("start", "START yes UNSTOP", language="en"),
    ("恢复", "start", {"language": "zh-CN"}),
    ("باشلا", "start", {"language": "ug"}),
    # machines
    ("【自动回复】您好，我现在有事不在", "automatic", {}),
    ("I'm driving right now - sent from my car", "automatic", {}),
    ("Out of Office: back on Monday", "automatic", {}),
    # the rest
    ("", "empty", {}),
    ("   ", "empty", {}),
    ("!!!", "empty", {}),
    ("😀", "empty", {}),
    ("规划许可", "unknown", {"words": "规划许可", "language": "zh-CN"}),
    ("planning permit", "unknown", {"words": "planning permit", "language": "en"}),
    ("12", "unknown", {}),
]


@pytest.mark.parametrize(("typed", "kind", "more"), WAYS, ids=[way[0] for way in WAYS])
def test_what_is_meant(typed: str, kind: str, more: dict[str, object]) -> None:
    reading = GRAMMAR.read(typed)
    assert reading.kind == kind
    assert {name: getattr(reading, name) for name in more} == more


def test_no_business_word_belongs_to_the_carriers() -> None:
    carriers = {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL",
                "START", "YES", "UNSTOP", "HELP", "INFO"}
    for word in carriers:
        assert GRAMMAR.read(word).kind in ("stop", "start", "help")


@pytest.mark.parametrize("word", ["GUIDE", "NOTICE", "OFFICE", "LANGUAGE", "ياردەم", "قوللانما"])
def test_one_letter_wrong_is_forgiven_and_two_are_not(word: str) -> None:
    meant = GRAMMAR.read(word).kind
    for at in range(len(word)):
        assert GRAMMAR.read(word[:at] + word[at + 1:]).kind == meant  # missing
        assert GRAMMAR.read(word[:at] + "x" + word[at:]).kind == meant  # too many
        assert GRAMMAR.read(word[:at] + "x" + word[at + 1:]).kind == meant  # wrong
    assert GRAMMAR.read("xx" + word[2:]).kind == "unknown"


def slow_distance(a: str, b: str) -> int:
    """Optimal string alignment, as the textbook has it."""
    rows = [[max(i, j) if not min(i, j) else 0 for j in range(len(b) + 1)]
            for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1,
                             rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(st.text("abc", min_size=1, max_size=7), st.text("abc", min_size=4, max_size=7))
def test_one_wrong_is_distance_one(typed: str, word: str) -> None:
    assert one_wrong(typed, word) == (slow_distance(typed, word) <= 1)


pieces = st.one_of(
    st.text(max_size=40), st.text("0123456789零幺二-－ .\n/", max_size=30),
    st.sampled_from([way[0] for way in WAYS]),
    st.text("退订指南公示窗口سۇئ stopguide", max_size=20))


@settings(max_examples=400, deadline=None)
@given(st.lists(pieces, max_size=5).map("".join))
def test_any_text_is_read(typed: str) -> None:
    reading = GRAMMAR.read(typed)
    about = ("number", "numbers", "code", "lost")
    assert reading.kind in about if reading.numbers else reading.kind not in about[:2]
    assert not reading.code or (len(reading.code) == 6 and reading.coded)
    for spellings in reading.numbers:
        assert all(0 < len(spelt) <= 40 and any(map(str.isdigit, spelt)) for spelt in spellings)


@pytest.mark.parametrize(("text", "language"), [
    ("你好", "zh-CN"), ("hello", "en"), ("سالام", "ug"), ("سالام hello 你好", "ug"),
    ("你好 hello", "zh-CN"), ("123", None), ("", None)])
def test_script(text: str, language: str | None) -> None:
    assert script_of(text) == language
