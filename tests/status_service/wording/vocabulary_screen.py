"""What the lines of a screen mean, by hand; see vocabulary.py for the notation."""

from __future__ import annotations

# The value of a row, by the row's key; a value may hold several claims.
SCREEN = {
    "zh-CN": """
number <number:text>
matter <matter:text>
project <project:text>
uncertain 现在的状态暂时读不出来，已经告诉窗口。请拨打下面的电话询问。
status <status:status>
since <since:day>
actor=office 您不用做什么，窗口正在办理
actor=nobody 已全部办完，您不用再做什么
actor=applicant 请您办理
actor=supplement 请您补交材料
actor=collect 请您来领取
supply=open <supply_by:day>
supply=passed <supply_by:day>（已过期）
missing <missing:text>
kind=promised 承诺最迟<due:day>办结
kind=statutory 法定最迟<due:day>办结
left 还剩<left:number>个工作日
left=0 没有剩余工作日
late 已超期<late:number>个工作日
clock=stopped 暂停计算：<pause:pause>
clock=ended 用了<used:number>个工作日，时限<days:number>个工作日
ended_late 晚了<late:number>个工作日
allowance 共<days:number>个工作日
extended 延长<extended:number>个工作日
extended 延长<extended:number>个工作日，原因：<extension_reason:text>
provisional=yes 暂定：节假日安排尚未公布
result <result:result>
result <result:result>：<outcome:text>
result=unstated 记录里没有写明，请不要当作已经批准
decided <decided:day>
reason <reason:text>
stage <stage:text>
next <next:text>
what <what:text>
where <where:text>，<address:text>
ready <ready:day>起
bring <bring:text>
received <received:day>
handler <handler:phone>
looked 最近<span:number>天<looks:number>次，最近一次<looked_on:day>，通过<looked_by:channel>
looks=0 除这一次外，最近<span:number>天没有人查看
office <office:text>
phone <phone:phone>
address <address2:text>
hours <hours:text>
withheld <withheld:withheld>：请问<office2:text>，电话<phone2:phone>
""",
    "en": """
number <number:text>
matter <matter:text>
project <project:text>
uncertain We cannot read its present state just now; the office has been told. \
Please call the number below.
status <status:status>
since <since:day>
actor=office Nothing for you to do; the office is working on it
actor=nobody Finished; nothing more for you to do
actor=applicant It is your turn to act
actor=supplement Please hand in documents
actor=collect Please come and collect it
supply=open <supply_by:day>
supply=passed <supply_by:day> (passed)
missing <missing:text>
kind=promised Promised by <due:day>
kind=statutory Due by law on <due:day>
left <left:one> working day left
left <left:many> working days left
left=0 no working days left
late <late:one> working day late
late <late:many> working days late
clock=stopped On hold: <pause:pause>
clock=ended Took <used:one> working day; the limit was <days:number>
clock=ended Took <used:many> working days; the limit was <days:number>
ended_late late by <late:one> working day
ended_late late by <late:many> working days
allowance <days:one> working day in all
allowance <days:many> working days in all
extended <extended:one> working day more
extended <extended:many> working days more
extended <extended:one> working day more; reason: <extension_reason:text>
extended <extended:many> working days more; reason: <extension_reason:text>
provisional=yes Provisional: the public holidays are not yet published
result <result:result>
result <result:result>: <outcome:text>
result=unstated Not on record; please do not take it as granted
decided <decided:day>
reason <reason:text>
stage <stage:text>
next <next:text>
what <what:text>
where <where:text>, <address:text>
ready from <ready:day>
bring <bring:text>
received <received:day>
handler <handler:phone>
looks=1 Once in the last <span:number> days, <looked_by:channel> on <looked_on:day>
looked <looks:many> times in the last <span:number> days, \
last <looked_by:channel> on <looked_on:day>
looks=0 Apart from now, nobody in the last <span:number> days
office <office:text>
phone <phone:phone>
address <address2:text>
hours <hours:text>
withheld <withheld:withheld>: ask <office2:text>, phone <phone2:phone>
""",
    "ug": """
number <number:text>
matter <matter:text>
project <project:text>
uncertain ھازىرقى ھالىتىنى ۋاقتىنچە ئوقۇيالمىدۇق، ئىشخانىغا خەۋەر قىلدۇق. \
تۆۋەندىكى تېلېفونغا ئۇرۇڭ.
status <status:status>
since <since:day>
actor=office سىز قىلىدىغان ئىش يوق، ئىشخانا بېجىرىۋاتىدۇ
actor=nobody ھەممىسى پۈتتى، سىز قىلىدىغان ئىش قالمىدى
actor=applicant سىزنىڭ بېجىرىشىڭىز كېرەك
actor=supplement ماتېرىيال تولۇقلاڭ
actor=collect كېلىپ ئېلىپ كېتىڭ
supply=open <supply_by:day>
supply=passed <supply_by:day> (ئۆتۈپ كەتتى)
missing <missing:text>
kind=promised ۋەدە قىلىنغان مۆھلەت: <due:day>
kind=statutory قانۇندا بەلگىلەنگەن مۆھلەت: <due:day>
left <left:number> خىزمەت كۈنى قالدى
left=0 خىزمەت كۈنى قالمىدى
late <late:number> خىزمەت كۈنى ئۆتۈپ كەتتى
clock=stopped ھېسابلاش توختىتىلدى: <pause:pause>
clock=ended <used:number> خىزمەت كۈنى كەتتى، مۆھلەت <days:number> خىزمەت كۈنى ئىدى
ended_late <late:number> خىزمەت كۈنى كېچىكتى
allowance جەمئىي <days:number> خىزمەت كۈنى
extended <extended:number> خىزمەت كۈنى ئۇزارتىلدى
extended <extended:number> خىزمەت كۈنى ئۇزارتىلدى، سەۋەبى: <extension_reason:text>
provisional=yes ۋاقىتلىق: دەم ئېلىش كۈنلىرى تېخى ئېلان قىلىنمىدى
result <result:result>
result <result:result>: <outcome:text>
result=unstated خاتىرىدە يوق، تەستىقلاندى دەپ قارىماڭ
decided <decided:day>
reason <reason:text>
stage <stage:text>
next <next:text>
what <what:text>
where <where:text>، <address:text>
ready <ready:day>دىن باشلاپ
bring <bring:text>
received <received:day>
handler <handler:phone>
looked ئاخىرقى <span:number> كۈندە <looks:number> قېتىم، \
ئەڭ ئاخىرقىسى <looked_on:day>، <looked_by:channel>
looks=0 بۇ قېتىمدىن باشقا، ئاخىرقى <span:number> كۈندە ھېچكىم كۆرمىدى
office <office:text>
phone <phone:phone>
address <address2:text>
hours <hours:text>
withheld <withheld:withheld>. سورايدىغان ئورۇن: <office2:text>، تېلېفون: <phone2:phone>
""",
}

# Which claims the row of a key may make; a status is labelled as certain or not.
ROWS = {
    "number": ("number",), "matter": ("matter",), "project": ("project",),
    "notice": ("uncertain",), "status": ("status",), "since": ("since",), "actor": ("actor",),
    "supply_by": ("supply",), "missing": ("missing",), "result": ("result",),
    "decided": ("decided",), "reason": ("reason",),
    "deadline": ("kind", "left", "late", "clock", "ended_late", "allowance"),
    "extension": ("extended",), "calendar": ("provisional",), "stage": ("stage",),
    "next": ("next",), "collection": ("what",), "collection_where": ("where",),
    "collection_ready": ("ready",), "collection_bring": ("bring",), "received": ("received",),
    "handler": ("handler",), "looked": ("looked", "looks"), "office": ("office",),
    "phone": ("phone",), "address": ("address",), "hours": ("hours",), "withheld": ("withheld",),
}
STATUS_LABEL = {
    "zh-CN": {"状态": True, "最近已知的状态": False},
    "en": {"Status": True, "Last known status": False},
    "ug": {"ھالىتى": True, "بىلىدىغان ئەڭ ئاخىرقى ھالىتى": False},
}
