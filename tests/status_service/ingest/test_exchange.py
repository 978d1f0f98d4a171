"""The exchange table, from a bureau's file to the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import msgspec
import pytest

import processes
from status_service.cases.write import Paused
from status_service.ingest import mapping
from status_service.ingest.lines import FileRefused
from status_service.words import Pause, ResultClass
from tests.status_service.ingest.desk import Desk

EXCHANGE = mapping.load("exchange")
HEAD = ("办件编号", "事项编码", "状态", "环节", "状态时间", "收件日期")
ONE = ("2024-000123", "permit", "审查中", "审核环节", "2024-03-04 09:30", "2024-03-01")
TWO = ("2024-000124", "permit", "受理", "intake", "2024/3/5", "2024年03月04日")


def problems(desk: Desk, *rows: Sequence[object], head: Sequence[object] = HEAD) -> list[str]:
    return [str(p) for p in desk.take(desk.csv("t.csv", [head, *rows]), EXCHANGE).first]


def test_cases_are_read_and_reading_again_changes_nothing(hall_desk: Desk) -> None:
    path = hall_desk.csv("a.csv", [HEAD, ONE, TWO, TWO, ("", "", "", "", "", "")])
    first = hall_desk.take(path, EXCHANGE)
    assert (first.counts["created"], first.counts["repeated"], first.counts["blank"]) == (2, 1, 1)
    status, write = hall_desk.case("2024-000123")
    assert (status, write.stage, write.since) == ("in_review", "review", date(2024, 3, 4))
    assert hall_desk.case("2024-000124")[1].received_on == date(2024, 3, 4)
    before = hall_desk.everything()
    again = hall_desk.take(path, EXCHANGE)
    assert (again.counts["unchanged"], again.counts["updated"]) == (2, 0)
    assert hall_desk.everything() == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators_make_the_same_record(
        hall_desk: Desk, encoding: str, separator: str) -> None:
    hall_desk.take(hall_desk.csv("a.csv", [HEAD, ONE, TWO]), EXCHANGE)
    before = hall_desk.everything()
    report = hall_desk.take(
        hall_desk.csv("b.csv", [HEAD, ONE, TWO], encoding, separator), EXCHANGE)
    assert report.counts["unchanged"] == 2
    assert hall_desk.everything() == before


def test_a_workbook_makes_the_same_record(hall_desk: Desk) -> None:
    hall_desk.take(hall_desk.csv("a.csv", [HEAD, ONE, TWO]), EXCHANGE)
    before = hall_desk.everything()
    dated = (*ONE[:4], datetime.combine(date(2024, 3, 4), time(9, 30)), date(2024, 3, 1))
    report = hall_desk.take(
        hall_desk.workbook("a.xlsx", [("本周办件",), (), HEAD, dated, TWO]), EXCHANGE)
    assert report.counts["unchanged"] == 2 and not report.counts["bad"]
    assert hall_desk.everything() == before


def test_what_excel_loses_is_said(hall_desk: Desk) -> None:
    rows: list[tuple[Any, ...]] = [
        (123, *ONE[1:]), (1.5, *ONE[1:]), (1.23e17, *ONE[1:]), ("9", *ONE[1:4], 45352, ONE[5])]
    report = hall_desk.take(hall_desk.workbook("a.xlsx", [HEAD, *rows]), EXCHANGE)
    assert hall_desk.numbers() == ["123"]
    assert [p.line for p in report.first] == [3, 4, 5]
    assert "2024-03-01" in report.first[2].todo
    assert "zeros at its beginning" in "\n".join(report.summary())
    assert "digits are lost" in problems(hall_desk, ("2.40E+11", *ONE[1:]))[0]


def test_each_bad_line_is_named_with_its_column_and_the_others_are_taken(hall_desk: Desk) -> None:
    said = problems(
        hall_desk, ONE,
        ("a-1", "nothing", *ONE[2:]), ("a-2", *ONE[1:4], "gestern", ONE[5]),
        ("a-3", *ONE[1:5], ""), ("—", *ONE[1:]), ("a-4", "permit", "受理"),
        ("a-5", *ONE[1:], "too", "many"), ("x" * 90, *ONE[1:]), ("a-6", *ONE[1:2], "", *ONE[3:]),
        TWO)
    assert hall_desk.numbers() == ["2024-000123", "2024-000124"]
    assert [s.split(":")[0] for s in said] == [
        "line 3, 事项编码 'nothing'", "line 4, 状态时间 'gestern'", "line 5, 收件日期",
        "line 6, 办件编号 '—'", "line 7", "line 8", f"line 9, 办件编号 '{'x' * 40}…'",
        "line 10, 状态"]
    assert all(s.endswith(".") for s in said)


def test_an_unknown_status_is_a_task_and_never_a_bad_line(hall_desk: Desk) -> None:
    odd = (*ONE[:2], "联合踏勘", *ONE[3:])
    assert problems(hall_desk, odd) == []
    status, write = hall_desk.case("2024-000123")
    assert (status, write.status, write.since) == ("received", "联合踏勘", None)
    tasks = hall_desk.everything()["tasks"]
    assert len(tasks) == 1 and "联合踏勘" in tasks[0][3]
    before = hall_desk.everything()
    problems(hall_desk, odd)
    assert hall_desk.everything() == before


def test_lines_of_one_case_are_its_history_and_stop_its_clock(hall_desk: Desk) -> None:
    def state(name: str, day: str) -> tuple[object, ...]:
        return ("7-1", "permit", name, "", day, "2024-03-01")

    hall_desk.take(hall_desk.csv("a.csv", [
        HEAD, state("审查中", "2024-03-12"), state("收件", "2024-03-01"),
        state("待补正", "2024-03-05"), state("特别程序", "2024-03-20")]), EXCHANGE)
    status, write = hall_desk.case("7-1")
    assert (status, write.since) == ("suspended", date(2024, 3, 20))
    assert write.paused == (
        Paused(since=date(2024, 3, 5), until=date(2024, 3, 12), reason=Pause.SUPPLEMENT),
        Paused(since=date(2024, 3, 20), reason=Pause.OTHER))
    assert [e.status for e in hall_desk.history("7-1")] == [
        "received", "supplement", "in_review", "suspended"]


def test_all_columns(hall_desk: Desk) -> None:
    more = {"受理日期": "2024-03-02", "承诺期限": "15个工作日", "法定期限": "20",
            "暂停计时": "听证 2024-03-06至2024-03-08", "延期天数": "5", "延期理由": "需要专家意见",
            "补正材料": "身份证；图纸", "补正截止": "2024-04-01", "决定": "不予许可",
            "办理结果": "信息不存在", "决定日期": "2024-03-09", "决定理由": "理由",
            "领取物": "决定书", "领取窗口": "一号窗口", "可领日期": "2024-03-10",
            "携带材料": "身份证", "办理窗口": "window-1", "项目名称": "城东项目", "说明": "已办",
            "内部编号": "X-9", "经办电话": "0991-4810001", "查询码": "482915",
            "申请人": "阿依古丽", "联系电话": "１３８００１３８０００", "语言": "ug"}
    report = hall_desk.take(hall_desk.csv("a.csv", [
        (*HEAD, *more), ("7-2", "permit", "待领取", "", "2024-03-10", "2024-03-01",
                         *more.values())]), EXCHANGE)
    assert not report.first
    _, write = hall_desk.case("7-2")
    assert (write.promised_days, write.statutory_days) == (15, 20)
    assert write.accepted_on == date(2024, 3, 2) and write.reference == "X-9"
    assert [m.zh for m in write.missing] == ["身份证", "图纸"]
    assert write.decision is not None and write.decision.result is ResultClass.REFUSED
    assert write.decision.outcome == "absent"
    assert write.decision.decided_on == date(2024, 3, 9)
    assert write.extension is not None and write.extension.days == 5
    assert write.pickup is not None and write.pickup.office == "window-1"
    assert write.paused[0].reason is Pause.HEARING
    assert write.project is not None and write.project.zh == "城东项目"
    assert len(hall_desk.everything()["applicants"]) == 1
    rows = repr(hall_desk.everything())
    assert "阿依古丽" not in rows and "13800138000" not in rows and "482915" not in rows


def test_personal_values_are_not_in_the_report(hall_desk: Desk) -> None:
    head = (*HEAD, "查询码", "联系电话", "申请人")
    report = hall_desk.take(hall_desk.csv("a.csv", [
        head, (*ONE, "geheim7", "", ""), (*TWO, "", "13800138000xx", "王" * 90),
        ("8-1", *ONE[1:], "", "not-a-phone-4711", "")]), EXCHANGE)
    said = report.on_screen()
    assert "geheim7" not in said and "4711" not in said and "王王" not in said
    assert [p.line for p in report.first] == [2, 3]
    assert hall_desk.numbers() == ["8-1"]
    assert "no phone numbers" in said


def test_contradictions_are_said_and_the_later_line_counts(hall_desk: Desk) -> None:
    other = (*ONE[:2], "办结", "", *ONE[4:])
    report = hall_desk.take(hall_desk.csv("a.csv", [HEAD, ONE, other]), EXCHANGE)
    assert "lines 2 and 3 contradict each other" in report.notes[0]
    assert hall_desk.case("2024-000123")[0] == "closed"


def test_a_case_with_a_bad_line_waits_whole(hall_desk: Desk) -> None:
    later = (*ONE[:2], "办结", "", "gestern", ONE[5])
    report = hall_desk.take(hall_desk.csv("a.csv", [HEAD, ONE, TWO, later]), EXCHANGE)
    assert hall_desk.numbers() == ["2024-000124"]
    assert report.counts["held back"] == 1 and "2, 4" in report.notes[0]


def test_an_older_file_takes_nothing_back(hall_desk: Desk) -> None:
    day = [hall_desk.csv(f"{n}.csv", [HEAD, ("7-3", "permit", state, "", when, "2024-03-01")])
           for n, (state, when) in enumerate([
               ("收件", "2024-03-01"), ("受理", "2024-03-04 10:00"), ("审查中", "2024-03-04 10:00"),
               ("办结", "2024-04-01")])]
    for path in day[1:]:
        assert hall_desk.take(path, EXCHANGE).counts["older"] == 0
    for path in day:
        report = hall_desk.take(path, EXCHANGE)
        assert report.counts["older"] == (path != day[-1])
        assert hall_desk.case("7-3")[0] == "closed"
    assert {e.status for e in hall_desk.history("7-3")} == {
        "received", "accepted", "in_review", "closed"}
    before = hall_desk.everything()
    for path in day:
        hall_desk.take(path, EXCHANGE)
    assert hall_desk.everything() == before


def test_a_correction_of_the_last_state_is_taken(hall_desk: Desk) -> None:
    head = (*HEAD, "项目名称")
    for name, project in (("a.csv", "旧名"), ("b.csv", "新名")):
        hall_desk.take(hall_desk.csv(name, [head, (*ONE, project)]), EXCHANGE)
    _, write = hall_desk.case("2024-000123")
    assert write.version == 2 and write.project is not None and write.project.zh == "新名"
    assert len(hall_desk.history("2024-000123")) == 1


def test_a_missing_column_refuses_the_file_and_nothing_is_written(hall_desk: Desk) -> None:
    before = hall_desk.everything()
    path = hall_desk.csv("a.csv", [(*HEAD[:3], "状态时问", "收件日期"), ONE[:5]])
    with pytest.raises(FileRefused) as found:
        hall_desk.take(path, EXCHANGE)
    assert "状态时间" in str(found.value) and "is it 状态时问?" in str(found.value)
    assert "Found: 办件编号, 事项编码" in str(found.value)
    with pytest.raises(FileRefused, match="Two columns"):
        hall_desk.take(hall_desk.csv("b.csv", [(*HEAD, "STATUS")]), EXCHANGE)
    assert hall_desk.everything() == before


def test_blank_cells_say_nothing(hall_desk: Desk) -> None:
    head = (*HEAD, "受理日期", "补正截止", "决定", "说明", "办理窗口", "项目名称")
    assert problems(hall_desk, (*ONE, " ", "　", "  ", "\t", " ", ""), head=head) == []
    _, write = hall_desk.case("2024-000123")
    assert (write.accepted_on, write.decision, write.project, write.office) == (None,) * 4
    assert hall_desk.history("2024-000123")[0].note is None


def test_a_broken_line_holds_back_its_case_where_its_number_can_be_read(hall_desk: Desk) -> None:
    good = ",".join(HEAD) + "\n" + "\n".join(map(",".join, (ONE, TWO))) + "\n"
    broken = ",".join((*ONE[:3], "", "2024-05-01", ONE[5])).encode() + b"\xff\n"
    report = hall_desk.take(hall_desk.file("a.csv", good.encode() + broken), EXCHANGE)
    assert hall_desk.numbers() == [TWO[0]]
    assert report.counts["held back"] == 1


def test_english_headings(hall_desk: Desk) -> None:
    head = ("Case Number", "matter_code", "STATUS", "Stage", "status time", "received on")
    assert problems(hall_desk, (*ONE[:2], "in_review", *ONE[3:]), head=head) == []
    assert hall_desk.case("2024-000123")[0] == "in_review"


def test_a_dry_run_tells_the_same_and_writes_nothing(hall_desk: Desk) -> None:
    hall_desk.take(hall_desk.csv("a.csv", [HEAD, ONE]), EXCHANGE)
    changed = (*ONE[:2], "办结", "", "2024-05-01", ONE[5])
    path = hall_desk.csv("b.csv", [HEAD, changed, TWO, ("a-1", "nothing", *ONE[2:])])
    before = hall_desk.everything()
    dry = hall_desk.take(path, EXCHANGE, dry=True)
    assert hall_desk.everything() == before
    real = hall_desk.take(path, EXCHANGE)
    assert dry.counts == real.counts and dry.first == real.first
    assert (real.counts["created"], real.counts["updated"], real.counts["bad"]) == (1, 1, 1)


def test_numbers_of_another_back_office_are_refused(hall_desk: Desk) -> None:
    hall_desk.take(hall_desk.csv("a.csv", [HEAD, ONE]), EXCHANGE)
    other = msgspec.structs.replace(EXCHANGE, source="tax-bureau")
    report = hall_desk.take(hall_desk.csv("a.csv", [HEAD, ONE, TWO]), other)
    assert (report.counts["refused"], report.counts["created"]) == (1, 1)
    assert "Another back office" in report.first[0].todo


def test_the_example_of_the_documentation(hall_desk: Desk) -> None:
    page = (processes.ROOT / "docs" / "exchange.md").read_text("utf-8")
    table = [[cell.strip() for cell in line.strip("|").split("|")]
             for line in page.split("## An example")[1].split("## Lines")[0].splitlines()
             if line.startswith("|") and "---" not in line]
    known = msgspec.structs.replace(EXCHANGE, matters={"jsgcgh": "permit", "dxgx": "permit"})
    report = hall_desk.take(hall_desk.csv("a.csv", table), known)
    assert not report.first and not report.notes
    assert {n: hall_desk.case(n)[0] for n in hall_desk.numbers()} == {
        "2026-000123": "supplement", "2026-000124": "in_review", "2026-000125": "closed"}
    assert [m.zh for m in hall_desk.case("2026-000123")[1].missing] == ["总平面图", "授权委托书"]


def test_the_documentation_names_every_heading() -> None:
    page = (processes.ROOT / "docs" / "exchange.md").read_text("utf-8")
    for name, column in EXCHANGE.columns.items():
        chinese, english = column.headings[0], next(
            h for h in column.headings if h.isascii() and "_" not in h)
        assert chinese in page and english in page, name
    for code in EXCHANGE.statuses:
        if code.isascii():
            assert code in page
