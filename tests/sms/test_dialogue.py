"""The dialogue by itself: a pure function, driven without a web or a service."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as checked
from hypothesis import strategies as st

from settings import SettingsError
from sms import dialogue, worker
from sms.dialogue import AWAITED_FOR, HELP_EVERY, MOST_IN_WINDOW, OPEN_FOR, WINDOW
from sms.grammar import GRAMMAR
from sms.replies import LINES, as_written, render
from sms.segments import fits_one
from sms.talk import (
    Away,
    FindMatters,
    Found,
    Learned,
    Line,
    ListNotices,
    ListOffices,
    LookUp,
    Opened,
    OpenMatter,
    Options,
    Record,
    Say,
    SendCode,
    Session,
    ShowOneTime,
    TellLost,
    Text,
)
from status_service.client import (
    LANGUAGES,
    Actor,
    Answer,
    Candidate,
    LocalText,
    MatterSummary,
    Notice,
    Office,
    OfficeLine,
    Several,
    Status,
    TooMany,
    Unknown,
)
from tests.sms.test_grammar import WAYS, pieces

TODAY = date(2026, 3, 16)


def said(zh: str, en: str = "x", ug: str = "ئا") -> LocalText:
    return LocalText(zh=zh, en=en, ug=ug)


OFFICE = OfficeLine("plan", said("规划窗口"), "0991-4810011", said("一楼"), said("工作日"))
ANSWER = Answer(number="24-019651", matter=said("规划许可"), matter_code="permit",
                status=Status.IN_REVIEW, actor=Actor.OFFICE, office=OFFICE,
                as_of=datetime(2026, 3, 1, tzinfo=UTC), received_on=date(2026, 2, 1))


class Talk:
    """A conversation in which every look-up brings what the test says."""

    def __init__(self, *brings: Found) -> None:
        self.session = Session()
        self.at = 1_800_000_000
        self.brings = list(brings)
        self.effects: list[object] = []
        self.said: tuple[Say, ...] = ()

    def texts(self, body: str, opt_out: str = "") -> Talk:
        taken = dialogue.step(self.session, Text(body, self.at, opt_out))
        self.said, waiting = taken.say, list(taken.effects)
        while waiting:
            effect = waiting.pop(0)
            self.effects.append(effect)
            found = True if isinstance(effect, Record) else self.brings.pop(0)
            taken = dialogue.step(taken.session, Learned(effect, found, self.at))
            self.said += taken.say
            waiting += taken.effects
        # As the web does it: through its serialised form.
        self.session = msgspec.msgpack.decode(msgspec.msgpack.encode(taken.session), type=Session)
        return self

    def later(self, seconds: int) -> Talk:
        self.at += seconds
        return self

    def says(self, *keys: str) -> Talk:
        assert [item.key for item in self.said if isinstance(item, Line | Options)] == list(keys)
        return self

    def silent(self) -> Talk:
        assert self.said == ()
        return self


def matter(code: str) -> MatterSummary:
    return MatterSummary(code, said(f"事项{code}", f"Matter {code}"), "planning", said("短"))


def test_a_number_gives_the_answer() -> None:
    talk = Talk(ANSWER).texts("２４－０１９６５１")
    assert talk.effects == [LookUp(("24-019651",))]
    assert talk.said == (ANSWER,)


def test_several_cases_are_asked_for_by_number() -> None:
    several = Several(tuple(Candidate(f"{n}4019651", said("许可"), "2026-01-02") for n in "AB"))
    talk = Talk(several, ANSWER, ANSWER).texts("4019651").says("which_case")
    talk.texts("3").says("choose").texts("2")
    assert talk.effects[-1] == LookUp(("B4019651",))
    talk.texts("第一个")
    assert talk.effects[-1] == LookUp(("A4019651",))


def test_an_open_question_closes_by_time_and_by_another_subject() -> None:
    several = Several((Candidate("A1", said("许可"), "2026-01-02"),))
    talk = Talk(several).texts("4019651").later(OPEN_FOR + 1).texts("1").says("help_short")
    talk = Talk(several).texts("4019651").texts("帮助").later(HELP_EVERY).texts("1")
    assert talk.effects == [LookUp(("4019651",))]


def test_two_numbers_in_one_text() -> None:
    talk = Talk(ANSWER).texts("24-019651 24-019652").says("which_number").texts("2")
    assert talk.effects == [LookUp(("24-019652",))]


@pytest.mark.parametrize(("found", "key"), [
    (Unknown(slip=False), "not_found"), (Unknown(slip=True), "slip"), (Away(), "away")])
def test_no_answer_has_its_own_words(found: Found, key: str) -> None:
    Talk(found).texts("24019651").says(key)


@pytest.mark.parametrize(("typed", "language"), [
    ("24019651", "zh-CN"), ("case 24019651?", "en"), ("24019651 ئىشىم قانداق", "ug")])
def test_the_language_of_the_text(typed: str, language: str) -> None:
    assert Talk(ANSWER).texts(typed).session.language == language


def test_the_language_chosen_outlasts_the_script() -> None:
    talk = Talk(ANSWER).texts("EN").says("language_set").texts("请查24019651")
    assert talk.session.language == "en"


def test_the_last_language_counts_for_a_bare_number() -> None:
    assert Talk(ANSWER).texts("HELP").texts("24019651").session.language == "en"


def test_a_guide_by_keyword() -> None:
    talk = Talk([matter("a")], None).texts("指南 规划").says("no_guide")
    assert talk.effects == [FindMatters("规划"), OpenMatter("a")]


def test_several_guides_are_asked_for() -> None:
    talk = Talk([matter(c) for c in "abcdefg"], None).texts("GUIDE permit").says("which_of_many")
    [options] = talk.said
    assert isinstance(options, Options)
    assert options.options == tuple(f"Matter {c}" for c in "abcde")
    assert talk.texts("4").effects[-1] == OpenMatter("d")


def test_a_matter_without_keyword_and_a_text_that_is_none() -> None:
    talk = Talk([matter("a"), matter("b")]).texts("规划许可").says("which_matter")
    assert talk.effects == [FindMatters("规划许可", bare=True)]
    Talk([]).texts("今天天气很好").says("help_short")
    long = Talk().texts("这是一段很长很长的话" * 5)
    assert (long.effects, long.says("help_short").said) == ([], (Line("help_short"),))


def test_unknown_texts_get_short_help_once_in_ten_minutes() -> None:
    talk = Talk([], [], []).texts("早上好").says("help_short")
    talk.later(60).texts("下午好").silent()
    talk.later(HELP_EVERY).texts("晚上好").says("help_short")


def test_the_same_unknown_text_again_is_a_machine() -> None:
    talk = Talk([]).texts("早上好").says("help_short")
    talk.later(HELP_EVERY + 1).texts("早上好！").silent()
    assert talk.effects == [FindMatters("早上好", bare=True)]


def test_auto_responders_are_not_answered() -> None:
    Talk().texts("Automatic reply: I am out of office, call 24019651").silent()


def test_two_machines_do_not_talk_for_ever() -> None:
    talk = Talk(*[ANSWER] * (MOST_IN_WINDOW + 1))
    for _ in range(MOST_IN_WINDOW):
        talk.later(2).texts("24019651")
        assert talk.said == (ANSWER,)
    talk.texts("24019651").says("slow_down")
    talk.texts("24019651").silent()
    assert talk.later(WINDOW).texts("24019651").said == (ANSWER,)


@pytest.mark.parametrize("word", ["退订", "TD", "توختات"])
def test_our_own_stop_words_are_confirmed_once(word: str) -> None:
    talk = Talk().texts(word).says("stopped")
    assert talk.effects == [Record(stopped=True, confirm=True)]
    talk.texts(word).silent()


@pytest.mark.parametrize("word", ["STOP", "cancel", "End"])
def test_the_carriers_stop_words_are_recorded_in_silence(word: str) -> None:
    talk = Talk().texts(word).silent()
    assert talk.effects == [Record(stopped=True, confirm=False)]


def test_after_stop_nothing_is_said_until_start() -> None:
    talk = Talk(ANSWER).texts("STOP")
    for typed in ("24019651", "HELP", "EN", "1", "", "早上好"):
        talk.texts(typed).silent()
    assert talk.texts("START").says("started").texts("24019651").said == (ANSWER,)
    assert talk.effects[:2] == [Record(stopped=True, confirm=False),
                                Record(stopped=False, confirm=True)]


def test_twilios_own_reading_counts() -> None:
    talk = Talk().texts("Arret", opt_out="STOP").silent()
    assert talk.session.stopped
    assert not talk.texts("oui", opt_out="START").says("started").session.stopped


def test_a_stop_that_could_not_be_recorded_is_said() -> None:
    taken = dialogue.step(Session(), Text("退订", 1))
    [effect] = taken.effects
    assert dialogue.step(taken.session, Learned(effect, False, 1)).say == (Line("stop_lost"),)


def notice(code: str, title: str) -> Notice:
    return Notice(code, "rule", said(title), said("正文"), TODAY, "plan")


def test_notices_and_offices() -> None:
    notices = [notice("n1", "听证公告"), notice("n2", "规划公示")]
    talk = Talk(notices, notices, notices, []).texts("公示").says("which_notice").texts("2")
    assert talk.said == (notices[1],)
    assert talk.effects[-1] == ListNotices(code="n2")
    assert talk.texts("公示 听证").said == (notices[0],)
    talk.texts("NOTICE").says("no_notices")
    offices = [Office(c, said(c), said("路"), "0991", (), said("时")) for c in "abcdef"]
    talk = Talk(offices, offices).texts("窗口").says("which_office_of_many")
    assert talk.texts("5").effects[-1] == ListOffices(code="e")
    assert talk.said == (offices[4],)


@checked(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.one_of(pieces, st.sampled_from([w[0] for w in WAYS])),
                          st.integers(0, 1000)), max_size=6),
       st.sampled_from([ANSWER, Unknown(True), Away(), None,
                        Several((Candidate("A1", said("许可"), "2026-01-02"),)),
                        [matter("a"), matter("b")]]))
def test_no_conversation_fails(texts: list[tuple[str, int]], found: Found) -> None:
    talk = Talk()
    for typed, seconds in texts:
        talk.brings = [found] * 4
        talk.later(seconds).texts(typed)
        for item in talk.said:
            if isinstance(item, Line | Options):
                assert render((item,), talk.session.language, TODAY, "0991 481 0012")


def test_long_options_are_fewer_so_that_the_question_stays_short() -> None:
    long = [notice(f"n{at}", "很长的公告标题" * 10) for at in range(5)]
    talk = Talk(long).texts("公示").says("which_notice")
    [options] = talk.said
    assert isinstance(options, Options)
    assert len(options.options) == 2
    talk.texts("3").says("choose")


def test_help_that_was_asked_for_does_not_use_up_the_short_help() -> None:
    Talk([]).texts("帮助").says("help").texts("早上好").says("help_short")


# -- our own sentences

def test_every_sentence_exists_in_every_language_with_the_same_places() -> None:
    for key, line in LINES["zh-CN"].items():
        for language in LANGUAGES:
            other = LINES[language][key]
            assert sorted(_places(other)) == sorted(_places(line)), (language, key)
            assert language == "zh-CN" or other != line, (language, key)
    assert len({frozenset(LINES[language]) for language in LANGUAGES}) == 1


def test_every_sentence_is_used_and_no_other_is_asked_for() -> None:
    source = "".join(Path(module.__file__ or "").read_text() for module in (dialogue, worker))
    for key in LINES["en"]:
        assert f'"{key}"' in source, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_sentences_take_one_segment(language: str) -> None:
    longer = {key for key, line in LINES[language].items()  # type: ignore[index]
              if not fits_one(line.format(phone="0991 481 0012", number="240196512345", most=5,
                                          code="402816"))}
    assert longer == ({"help"} if language == "ug" else set())


def test_the_phone_for_a_person_is_written_as_people_write_it() -> None:
    assert as_written("+869914810012") == "0991 481 0012"
    with pytest.raises(SettingsError, match="HALLWAY_PERSON_PHONE"):
        as_written("4810012")


def _places(line: str) -> list[str]:
    return [part.split("}")[0] for part in line.split("{")[1:]]


# -- evidence ---------------------------------------------------------------------


MORE = msgspec.structs.replace(ANSWER, level=1, project=said("红柳湾"))
WITHHELD = msgspec.structs.replace(ANSWER, withheld=("missing",))


def test_a_code_beside_the_number_goes_with_it() -> None:
    talk = Talk(Opened(True, MORE)).texts("24-019651 402816")
    assert talk.effects == [LookUp(("24-019651",), "402816")]
    assert talk.said == (MORE,)
    talk = Talk(Opened(True, MORE)).texts("24019651 402816")
    assert talk.effects == [LookUp(("24019651402816",), "402816", ("24019651",))]


def test_a_code_that_opens_nothing_leaves_what_anyone_may_read() -> None:
    talk = Talk(Opened(False, ANSWER)).texts("24-019651 402816").says("code_wrong")
    assert talk.said[0] == ANSWER


def test_what_is_withheld_has_a_way_to_it() -> None:
    Talk(WITHHELD).texts("24-019651").says("more_with_code")
    Talk(ANSWER).texts("24-019651").says()


def test_a_one_time_code_is_asked_for_and_sent_back() -> None:
    talk = Talk(ANSWER, Opened(True, MORE)).texts("验证码 24-019651").says("code_sent")
    assert talk.effects == [SendCode(("24-019651",), "zh-CN")]
    assert talk.texts("402816").said == (MORE,)
    assert talk.effects[-1] == ShowOneTime("24-019651", "402816")
    talk.brings = [Unknown(False)]
    talk.texts("402816").says("not_found")  # it serves once; now these are a number again


def test_a_one_time_code_may_be_wrong_and_is_not_waited_for_longer_than_it_lives() -> None:
    talk = Talk(ANSWER, Opened(False), Opened(True, MORE)).texts("CODE 24-019651")
    talk.texts("402817").says("one_time_wrong")
    assert talk.texts("402816").said == (MORE,)
    talk = Talk(ANSWER, Unknown(False)).texts("CODE 24-019651").later(AWAITED_FOR + 1)
    talk.texts("402816").says("not_found")


def test_a_lost_code_is_told() -> None:
    talk = Talk(ANSWER).texts("丢失 24-019651").says("lost_told")
    assert talk.effects == [TellLost(("24-019651",))]
    Talk().texts("LOST").says("lost_how")
    Talk().texts("CODE").says("code_how")
    Talk(Unknown(False)).texts("LOST 24-019651").says("not_found")


def test_who_asks_for_too_many_numbers_is_told_to_wait() -> None:
    for text in ("24-019651", "24-019651 402816", "CODE 24-019651", "LOST 24-019651"):
        Talk(TooMany(3600)).texts(text).says("too_many")


def test_no_code_is_in_a_repr() -> None:
    for shown in (LookUp(("1",), "402816"), ShowOneTime("1", "402816"),
                  GRAMMAR.read("24-019651 402816"), GRAMMAR.read("402816")):
        assert "402816" not in repr(shown)
