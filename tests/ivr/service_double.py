"""A service that is held in memory, for the dialogue's own tests: what the real
client answers, with a switch that takes it away. The journeys use the real one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from msgspec.structs import replace

from status_service.client import (
    Actor,
    Answer,
    Candidate,
    Category,
    Deadline,
    Granted,
    Language,
    LocalText,
    Matter,
    MatterDetail,
    MatterSummary,
    Notice,
    Office,
    OfficeLine,
    Refused,
    ServiceAway,
    Several,
    Status,
    TooMany,
    Unknown,
    Visit,
)
from status_service.guides.types import Guide, Hours, Material, Stage

ADDRESS = LocalText(zh="友好路一号", en="1 Friendship Road", ug="دوستلۇق يولى 1-نومۇر")
HOURS_TEXT = LocalText(zh="周一至周五九点到十八点", en="Monday to Friday, nine to six",
                       ug="دۈشەنبىدىن جۈمەگىچە")
OPEN_HOURS = (Hours(days=(1, 2, 3, 4, 5), opens="09:30", closes="19:00"),)
PLANNING = Office(code="plan",
                  name=LocalText(zh="规划窗口", en="Planning desk", ug="پىلان ئىشخانىسى"),
                  address=ADDRESS, phone="0991-4810012", hours=OPEN_HOURS, hours_text=HOURS_TEXT)
NIGHT = Office(code="night", name=LocalText(zh="夜间窗口", en="Night desk", ug="كېچىلىك ئىشخانا"),
               address=ADDRESS, phone="0991-4810099", hours_text=HOURS_TEXT,
               hours=(Hours(days=(1, 2, 3, 4, 5, 6, 7), opens="00:00", closes="23:59"),))
PERMIT = LocalText(zh="建设工程规划许可证", en="Construction planning permit",
                   ug="قۇرۇلۇش پىلانى ئىجازەتنامىسى")
NUMBER = "240196510009"
SHUT = "240196510017"  # a case of which something is withheld
CODE, ONE_TIME = "402816", "771203"
MISSING = LocalText(zh="总平面图", en="Site plan", ug="باش پىلان")


def answer(number: str = NUMBER, matter: LocalText = PERMIT) -> Answer:
    line = OfficeLine(code="plan", name=PLANNING.name, phone=PLANNING.phone, address=ADDRESS,
                      hours=HOURS_TEXT)
    return Answer(number=number, matter=matter, matter_code="permit", status=Status.ACCEPTED,
                  actor=Actor.OFFICE, office=line, as_of=datetime(2026, 3, 4, 2, tzinfo=UTC),
                  received_on=date(2026, 3, 2), since=date(2026, 3, 3),
                  deadline=Deadline(kind="promised", days=20, used=1, left=19, clock="running",
                                    due=date(2026, 3, 31)))


def matter(code: str, name: LocalText = PERMIT, category: str = "build") -> Matter:
    words = LocalText(zh="带身份证来窗口办理。", en="Bring your identity card to the desk.",
                      ug="كىملىكىڭىزنى ئېلىپ كېلىڭ.")
    guide = Guide(short=words, conditions=(words,), materials=(Material(name=words),),
                  steps=(words,), fee=LocalText(zh="不收费", en="free of charge", ug="ھەقسىز"),
                  legal_basis=(words,))
    return Matter(code=code, name=name, category=category, office="plan",
                  stages=(Stage(code="one", name=words),), guide=guide)


@dataclass
class ServiceDouble:
    """Stands where `Client` stands. `away`: nothing answers. `refuses`: a problem instead.
    `stopped`: numbers that said STOP. `texts`: what was asked for, by key."""

    away: bool = False
    refuses: Refused | None = None
    broken: Exception | None = None
    stopped: set[str] = field(default_factory=set)
    texts: dict[str, tuple[str, Language, str, str]] = field(default_factory=dict)
    asked: int = 0
    too_many: bool = False
    closed: bool = False  # Redis is away from the service: nothing above level 0
    shown: list[str] = field(default_factory=list)
    grants: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    told_lost: list[str] = field(default_factory=list)
    cases: dict[str, Answer | Several | Unknown] = field(default_factory=lambda: {
        NUMBER: answer(),
        "2401": Several((Candidate("24-01", PERMIT, "2024-01-09"),
                         Candidate("240-1", LocalText(en="Deck"), "2026-02-28"))),
        SHUT: replace(answer(SHUT), withheld=("missing",)),
        "24-01": answer("24-01"),
        "240-1": answer("240-1", LocalText(en="Deck")),
        "240196510000": Unknown(slip=True),
    })
    groups: list[Category] = field(default_factory=lambda: [
        Category("build", LocalText(zh="规划建设", en="Planning", ug="پىلان ۋە قۇرۇلۇش")),
        Category("none", LocalText(zh="其他", en="Other matters", ug="باشقىلار")),
    ])
    matter_count: int = 7
    notice_list: list[Notice] = field(default_factory=lambda: [
        Notice(code="n1", kind="hearing", office="plan", published_on=date(2026, 3, 1),
               title=LocalText(zh="北路听证会", en="Hearing on North Road",
                               ug="شىمالىي يول ئاڭلىتىشى"),
               body=LocalText(zh="欢迎参加。", en="Everyone is welcome.", ug="قارشى ئالىمىز."),
               ends_on=date(2026, 3, 20)),
    ])
    office_list: list[Office] = field(default_factory=lambda: [PLANNING, NIGHT])

    def _answers(self) -> None:
        self.asked += 1
        if self.broken:
            raise self.broken
        if self.away:
            raise ServiceAway("ConnectTimeout")
        if self.refuses:
            raise self.refuses

    def case(self, typed: str, visit: Visit) -> Answer | Several | Unknown | TooMany:
        self._answers()
        assert visit.channel == "phone" and visit.name and visit.source
        return TooMany(3600) if self.too_many else self.cases.get(typed, Unknown(slip=False))

    # -- evidence: CODE opens the cases that withhold something

    def show_code(self, number: str, code: str, kind: str, visit: Visit) -> Granted | None:
        self._answers()
        if self.closed:
            raise ServiceAway("answered 503")
        self.shown.append(code)
        if code != (CODE if kind == "query-code" else ONE_TIME):
            return None
        name = f"grant-{len(self.shown)}"
        self.grants[name] = number
        return Granted(name, 1 if kind == "query-code" else 2, 600, self._whole(number))

    def granted_case(self, number: str, grant: str, visit: Visit) -> Answer | None:
        self._answers()
        return self._whole(number) if self.grants.get(grant) == number else None

    def end_grant(self, grant: str, visit: Visit) -> None:
        self._answers()
        self.grants.pop(grant, None)

    def send_code(self, number: str, language: Language, visit: Visit, phone: str = "") -> None:
        self._answers()
        self.sent.append(number)

    def lost(self, number: str, what: str, visit: Visit) -> None:
        self._answers()
        self.told_lost.append(number)

    def _whole(self, number: str) -> Answer:
        known = self.cases[number]
        assert isinstance(known, Answer)
        return replace(known, level=1, withheld=(), missing=(MISSING,))

    def categories(self) -> list[Category]:
        self._answers()
        return self.groups

    def matters(self, category: str | None = None, query: str | None = None) -> list[MatterSummary]:
        self._answers()
        if category != "build":
            return []
        return [MatterSummary(code=f"m{n}", name=self._name(n), category="build",
                              short=LocalText(en="short")) for n in range(1, self.matter_count + 1)]

    def matter(self, code: str) -> MatterDetail | None:
        self._answers()
        if code == "m3":  # listed a moment ago, taken out since
            return None
        return MatterDetail(matter=matter(code, self._name(int(code[1:]))), office=PLANNING)

    def notices(self) -> list[Notice]:
        self._answers()
        return self.notice_list

    def offices(self) -> list[Office]:
        self._answers()
        return self.office_list

    def notify(self, *, key: str, medium: str, recipient: str, language: Language,
               kind: str, subject: str) -> bool:
        self._answers()
        assert medium == "sms"
        if recipient in self.stopped:
            return False
        self.texts.setdefault(key, (recipient, language, kind, subject))
        return True

    @staticmethod
    def _name(n: int) -> LocalText:
        return LocalText(zh=f"事项{'一二三四五六七八九'[n - 1]}", en=f"Matter {'ABCDEFGHI'[n - 1]}",
                         ug=f"ئىش {'ئبتجدرزسش'[n - 1]}")
