"""What the sentences mean, written down by hand for the tests: a second, independent table.

Nothing here comes from the catalogues. A pattern is a sentence with places in
angle brackets, `<place:kind>`; kinds are in facts.KINDS. The first word of a
line is what the sentence claims.
"""

from __future__ import annotations

STATUS = {
    "zh-CN": {
        "已收件": "received", "已受理": "accepted", "待补正": "supplement", "审查中": "in_review",
        "特别程序中": "suspended", "特别程序": "suspended", "已作出决定": "decided",
        "已决定": "decided", "待领取": "collect", "已办结": "closed",
    },
    "en": {
        "received": "received", "accepted for processing": "accepted", "accepted": "accepted",
        "waiting for documents": "supplement", "documents needed": "supplement",
        "in review": "in_review", "in a special procedure": "suspended",
        "special procedure": "suspended", "decided": "decided",
        "ready to collect": "collect", "closed": "closed",
    },
    "ug": {
        "تاپشۇرۇۋېلىندى": "received", "قوبۇل قىلىندى": "accepted",
        "ماتېرىيال تولۇقلاشنى كۈتۈۋاتىدۇ": "supplement", "تولۇقلاش كېرەك": "supplement",
        "تەكشۈرۈلۈۋاتىدۇ": "in_review", "تەكشۈرۈشتە": "in_review",
        "ئالاھىدە تەرتىپتە": "suspended", "قارار چىقىرىلدى": "decided",
        "ئېلىپ كېتىشكە تەييار": "collect", "ئېلىشقا تەييار": "collect",
        "بېجىرىلىپ بولدى": "closed",
    },
}

RESULT = {
    "zh-CN": {"准予": "granted", "部分准予": "granted_in_part", "不予批准": "refused",
              "不予受理": "not_accepted", "已撤回": "withdrawn", "其他结果": "other"},
    "en": {"granted": "granted", "granted in part": "granted_in_part", "refused": "refused",
           "not accepted": "not_accepted", "withdrawn": "withdrawn", "another result": "other"},
    "ug": {"تەستىقلاندى": "granted", "قىسمەن تەستىقلاندى": "granted_in_part",
           "تەستىقلانمىدى": "refused", "ئىلتىماس قوبۇل قىلىنمىدى": "not_accepted",
           "قايتۇرۇۋېلىندى": "withdrawn", "باشقا نەتىجە": "other"},
}

PAUSE = {
    "zh-CN": {"补正材料": "supplement", "补正": "supplement", "听证": "hearing",
              "专家评审": "expert_review", "评审": "expert_review",
              "其他法定程序": "other", "其他程序": "other"},
    "en": {"missing documents": "supplement", "documents": "supplement", "a hearing": "hearing",
           "hearing": "hearing", "an expert review": "expert_review",
           "expert review": "expert_review", "another legal procedure": "other",
           "other procedure": "other"},
    "ug": {"ماتېرىيال تولۇقلاش": "supplement", "تولۇقلاش": "supplement",
           "پىكىر ئاڭلاش يىغىنى": "hearing", "پىكىر ئاڭلاش": "hearing",
           "مۇتەخەسسىسلەر باھالىشى": "expert_review", "باھالاش": "expert_review",
           "باشقا قانۇنىي تەرتىپ": "other", "باشقا تەرتىپ": "other"},
}

WITHHELD = {
    "zh-CN": {
        "从何时起是这个状态": "since", "到了哪个环节": "stage",
        "下一步是什么": "next", "办结时限": "deadline",
        "办理结果": "result", "补交的期限": "supply_by", "结果": "result", "补交期限": "supply_by",
        "缺哪些材料": "missing", "缺什么": "missing",
        "怎样领取": "collection", "怎么领": "collection",
        "决定的理由": "result.reason", "延期的原因": "deadline.extension_reason",
    },
    "en": {
        "since when": "since", "which stage it is at": "stage", "what comes next": "next",
        "the time limit": "deadline", "the result": "result",
        "by when to hand in documents": "supply_by", "Result": "result", "By when": "supply_by",
        "which documents are missing": "missing", "Which documents": "missing",
        "how to collect": "collection", "How to collect": "collection",
        "the reasons of the decision": "result.reason",
        "why there is more time": "deadline.extension_reason",
    },
    "ug": {
        "قاچاندىن باشلانغانلىقى": "since", "قايسى باسقۇچتا ئىكەنلىكى": "stage",
        "كېيىنكى قەدىمى": "next", "پۈتۈش مۆھلىتى": "deadline", "بېجىرىش نەتىجىسى": "result",
        "ماتېرىيال تاپشۇرۇش مۆھلىتى": "supply_by", "نەتىجىسى": "result", "قاچانغىچە": "supply_by",
        "قايسى ماتېرىياللار كەم": "missing", "نېمە كەم": "missing",
        "قانداق ئېلىپ كېتىش": "collection", "قانداق ئېلىش": "collection",
        "قارارنىڭ سەۋەبى": "result.reason",
        "مۆھلەت ئۇزارتىشنىڭ سەۋەبى": "deadline.extension_reason",
    },
}

CHANNEL = {
    "zh-CN": {"电话": "phone", "短信": "sms", "自助终端": "kiosk", "终端": "kiosk",
              "窗口": "staff"},
    "en": {"by phone": "phone", "by text message": "sms", "by text": "sms",
           "at a kiosk": "kiosk", "kiosk": "kiosk", "at an office desk": "staff",
           "at a desk": "staff"},
    "ug": {"تېلېفون ئارقىلىق": "phone", "تېلېفوندا": "phone",
           "قىسقا ئۇچۇر ئارقىلىق": "sms", "ئۇچۇردا": "sms",
           "ئۆزلۈك مۇلازىمەت ئۈسكۈنىسىدە": "kiosk", "ئۈسكۈنىدە": "kiosk",
           "ئىشخانىدا": "staff"},
}

SPEECH = {
    "zh-CN": """
matter 您查询的事项是<matter:text>。
status 目前状态是<status:status>。
status 从<since:day>起，状态是<status:status>。
uncertain 这个办件现在的状态，我们暂时读不出来，已经告诉窗口。
known 最近知道的状态是<status:status>。
known 最近知道的状态是<status:status>，从<since:day>起。
actor=office 您现在不用做什么，窗口正在办理。
actor=nobody 已经全部办完，您不用再做什么。
actor=applicant 现在需要您办理。
actor=supplement 现在需要您补交材料。
actor=collect 现在请您来领取。
supply=open 最迟要在<supply_by:day>补交。
supply=passed 补交的最后一天是<supply_by:day>，已经过了。
missing 还缺：<missing:text>。
kind=promised 承诺最迟<due:day>办结。
kind=statutory 法定最迟<due:day>办结。
left 还剩<left:number>个工作日。
left=0 没有剩余的工作日了。
late 已经超期<late:number>个工作日。
clock=stopped 办理时限暂停计算，原因是<pause:pause>。
clock=ended 一共用了<used:number>个工作日，时限是<days:number>个工作日。
ended_late 比时限晚了<late:number>个工作日。
extended 办理时限已延长<extended:number>个工作日。
extension_reason 延长的原因是：<extension_reason:text>。
provisional=yes 这些日期是暂定的，因为节假日安排还没有公布。
result 办理结果是<result:result>。
result=unstated 记录里没有写明结果，请不要当作已经批准。
outcome 具体是：<outcome:text>。
decided 决定日期是<decided:day>。
reason 理由是：<reason:text>。
stage 现在的环节是<stage:text>。
next 下一个环节是<next:text>。
collect 可以领取的是<what:text>。
collect 领取地点是<where:text>，<address:text>。
collect 从<ready:day>起可以领取。
collect 请带上：<bring:text>。
project 项目名称是<project:text>。
handler 经办人的电话是<handler:phone>。
looked 最近<span:number>天里，详细内容被查看过<looks:number>次，\
最近一次是<looked_on:day>，通过<looked_by:channel>。
looks=0 除了这一次，最近<span:number>天里没有人查看过详细内容。
ask 有问题请问<office:text>，电话<phone:phone>。
ask <withheld:withheld>，这里不能说，请问<office:text>，电话<phone:phone>。
""",
    "en": """
matter You asked about: <matter:text>.
status Its status is: <status:status>.
status Since <since:day>, its status is: <status:status>.
uncertain We cannot read its present state just now. The office has been told.
known The last status we know is: <status:status>.
known The last status we know is: <status:status>, since <since:day>.
actor=office You need not do anything now. The office is working on it.
actor=nobody It is finished. You need not do anything more.
actor=applicant It is your turn to act now.
actor=supplement You must hand in documents now.
actor=collect Please come and collect it now.
supply=open The last day to hand them in is <supply_by:day>.
supply=passed The last day to hand them in was <supply_by:day>. It has passed.
missing Still missing: <missing:text>.
kind=promised We promised to finish by <due:day>.
kind=statutory By law it must be finished by <due:day>.
left <left:one> working day is left.
left <left:many> working days are left.
left=0 No working days are left.
late It is <late:one> working day late.
late It is <late:many> working days late.
clock=stopped The time limit is on hold because of <pause:pause>.
clock=ended It took <used:one> working day. The limit was <days:number>.
clock=ended It took <used:many> working days. The limit was <days:number>.
ended_late That was <late:one> working day late.
ended_late That was <late:many> working days late.
extended The time limit was extended by <extended:one> working day.
extended The time limit was extended by <extended:many> working days.
extension_reason The reason for more time is: <extension_reason:text>.
provisional=yes These dates are provisional, because the public holidays are not yet published.
result The result is: <result:result>.
result=unstated The record names no result. Please do not take it as granted.
outcome In detail: <outcome:text>.
decided It was decided on <decided:day>.
reason The reason is: <reason:text>.
stage The present stage is: <stage:text>.
next The next stage is: <next:text>.
collect Ready for you: <what:text>.
collect Collect it at <where:text>, <address:text>.
collect You can collect it from <ready:day>.
collect Please bring: <bring:text>.
project The project is: <project:text>.
handler The case handler's phone is <handler:phone>.
looks=1 In the last <span:number> days its details were opened once, \
<looked_by:channel> on <looked_on:day>.
looked In the last <span:number> days its details were opened <looks:many> times, \
last <looked_by:channel> on <looked_on:day>.
looks=0 Apart from now, nobody opened its details in the last <span:number> days.
ask If you have questions, ask <office:text>, phone <phone:phone>.
ask We cannot say here: <withheld:withheld>. Please ask <office:text>, phone <phone:phone>.
""",
    "ug": """
matter سىز سۈرۈشتە قىلغان ئىش: <matter:text>.
status ھازىرقى ھالىتى: <status:status>.
status <since:day>دىن باشلاپ ھالىتى: <status:status>.
uncertain بۇ ئىشنىڭ ھازىرقى ھالىتىنى ۋاقتىنچە ئوقۇيالمىدۇق، ئىشخانىغا خەۋەر قىلدۇق.
known بىز بىلىدىغان ئەڭ ئاخىرقى ھالىتى: <status:status>.
known بىز بىلىدىغان ئەڭ ئاخىرقى ھالىتى: <status:status>، <since:day>دىن باشلاپ.
actor=office ھازىر سىز قىلىدىغان ئىش يوق، ئىشخانا بېجىرىۋاتىدۇ.
actor=nobody ھەممىسى پۈتتى، سىز قىلىدىغان ئىش قالمىدى.
actor=applicant ھازىر سىزنىڭ بېجىرىشىڭىز كېرەك.
actor=supplement ھازىر سىزنىڭ ماتېرىيال تولۇقلىشىڭىز كېرەك.
actor=collect ھازىر كېلىپ ئېلىپ كېتىڭ.
supply=open ئەڭ كېچىكىپ <supply_by:day>گىچە تولۇقلاڭ.
supply=passed تولۇقلاشنىڭ ئاخىرقى كۈنى <supply_by:day> ئىدى، ئۆتۈپ كەتتى.
missing كەم ماتېرىيال: <missing:text>.
kind=promised ۋەدە قىلىنغان مۆھلەت: <due:day>.
kind=statutory قانۇندا بەلگىلەنگەن مۆھلەت: <due:day>.
left يەنە <left:number> خىزمەت كۈنى قالدى.
left=0 خىزمەت كۈنى قالمىدى.
late مۆھلەتتىن <late:number> خىزمەت كۈنى ئۆتۈپ كەتتى.
clock=stopped مۆھلەتنى ھېسابلاش توختىتىلدى، سەۋەبى: <pause:pause>.
clock=ended جەمئىي <used:number> خىزمەت كۈنى كەتتى، مۆھلەت <days:number> خىزمەت كۈنى ئىدى.
ended_late مۆھلەتتىن <late:number> خىزمەت كۈنى كېچىكتى.
extended مۆھلەت <extended:number> خىزمەت كۈنى ئۇزارتىلدى.
extension_reason ئۇزارتىش سەۋەبى: <extension_reason:text>.
provisional=yes بۇ چېسلالار ۋاقىتلىق، چۈنكى دەم ئېلىش كۈنلىرى تېخى ئېلان قىلىنمىدى.
result نەتىجىسى: <result:result>.
result=unstated خاتىرىدە نەتىجە يوق، تەستىقلاندى دەپ قارىماڭ.
outcome كونكرېت نەتىجە: <outcome:text>.
decided قارار چىقىرىلغان كۈن: <decided:day>.
reason قارارنىڭ سەۋەبى: <reason:text>.
stage ھازىرقى باسقۇچ: <stage:text>.
next كېيىنكى باسقۇچ: <next:text>.
collect ئېلىپ كېتىدىغىنىڭىز: <what:text>.
collect ئېلىش ئورنى: <where:text>، <address:text>.
collect <ready:day>دىن باشلاپ ئالالايسىز.
collect بىللە ئېلىپ كېلىڭ: <bring:text>.
project تۈر نامى: <project:text>.
handler بېجىرگۈچىنىڭ تېلېفونى: <handler:phone>.
looked ئاخىرقى <span:number> كۈندە تەپسىلاتى <looks:number> قېتىم كۆرۈلدى، \
ئەڭ ئاخىرقىسى <looked_on:day>، <looked_by:channel>.
looks=0 بۇ قېتىمنى ھېسابلىمىغاندا، ئاخىرقى <span:number> كۈندە تەپسىلاتىنى ھېچكىم كۆرمىدى.
ask سورايدىغان ئورۇن: <office:text>، تېلېفون: <phone:phone>.
ask بۇ يەردە ئېيتالمايمىز: <withheld:withheld>. \
سورايدىغان ئورۇن: <office:text>، تېلېفون: <phone:phone>.
""",
}

TEXT = {
    "zh-CN": """
status <matter:text>：<status:status>。
status <matter:text>：<since:day>起<status:status>。
uncertain <matter:text>：现状读不出，已告知窗口。
known 最近已知：<status:status>。
known 最近已知：<since:day>起<status:status>。
actor=office 您无需办理。
actor=nobody 已全部办完。
actor=applicant 请您办理。
actor=supplement 请您补交材料。
actor=collect 请您来领取。
supply=open 最迟<supply_by:day>补交。
supply=passed <supply_by:day>补交已过期。
actor=supplement,supply=open 请您最迟<supply_by:day>补交材料。
missing 缺：<missing:text>。
kind=promised 限<due:day>办结，
kind=statutory 法定<due:day>办结，
left 剩<left:number>工作日。
left=0 无剩余工作日。
late 超期<late:number>工作日。
clock=stopped 时限暂停（<pause:pause>），
clock=ended 用时<used:number>工作日，限<days:number>。
ended_late 晚<late:number>工作日。
extended 已延期<extended:number>工作日。
provisional=yes 日期暂定。
result 结果：<result:result>。
result 结果：<result:result>，<outcome:text>。
result=unstated 结果未载明。
decided <decided:day>决定。
reason 理由：<reason:text>。
stage 环节：<stage:text>。
next 下一环节：<next:text>。
collect 领取<what:text>：<where:text>，<ready:day>起，带<bring:text>。
project 项目：<project:text>。
handler 经办人<handler:phone>。
looked <span:number>天内被查看<looks:number>次，末次<looked_on:day><looked_by:channel>。
looks=0 <span:number>天内无其他查看。
ask 问<phone:phone>
ask 问<office:text> <phone:phone>
ask <withheld:withheld>，问<phone:phone>
ask <withheld:withheld>，问<office:text> <phone:phone>
""",
    "en": """
status <matter:text>: <status:status>.
status <matter:text>: <status:status> since <since:day>.
uncertain <matter:text>: present state unreadable, office told.
known Last known: <status:status>.
known Last known: <status:status> since <since:day>.
actor=office Nothing for you to do.
actor=nobody Finished, nothing to do.
actor=applicant You must act.
actor=supplement You must send documents.
actor=collect Please collect it.
supply=open Last day <supply_by:day>.
supply=passed Last day was <supply_by:day>.
actor=supplement,supply=open Send documents by <supply_by:day>.
missing Missing: <missing:text>.
kind=promised Due <due:day>,
kind=statutory By law due <due:day>,
left <left:one> working day left.
left <left:many> working days left.
left=0 no working days left.
late <late:one> working day late.
late <late:many> working days late.
clock=stopped On hold (<pause:pause>),
clock=ended Took <used:one> working day of <days:number>.
clock=ended Took <used:many> working days of <days:number>.
ended_late Late by <late:one> working day.
ended_late Late by <late:many> working days.
extended Extended by <extended:one> working day.
extended Extended by <extended:many> working days.
provisional=yes Dates provisional.
result Result: <result:result>.
result Result: <result:result>, <outcome:text>.
result=unstated No result on record.
decided Decided <decided:day>.
reason Reason: <reason:text>.
stage Stage: <stage:text>.
next Next: <next:text>.
collect Collect <what:text>: <where:text>, from <ready:day>, bring <bring:text>.
project Project: <project:text>.
handler Handler <handler:phone>.
looks=1 Opened once in <span:number> days, <looked_by:channel> <looked_on:day>.
looked Opened <looks:many> times in <span:number> days, last <looked_by:channel> <looked_on:day>.
looks=0 Not opened otherwise in <span:number> days.
ask Ask <phone:phone>
ask Ask <office:text>, <phone:phone>
ask <withheld:withheld>: ask <phone:phone>
ask <withheld:withheld>: ask <office:text>, <phone:phone>
""",
    "ug": """
status ئىش: <matter:text>: <status:status>.
status ئىش: <matter:text>: <status:status>، <since:day>دىن.
uncertain ئىش: <matter:text>: ھالىتى ئوقۇلمىدى، ئىشخانىغا خەۋەر قىلىندى.
status <matter:text>: <status:status>.
status <matter:text>: <status:status>، <since:day>دىن.
uncertain <matter:text>: ھالىتى ئوقۇلمىدى، ئىشخانىغا خەۋەر قىلىندى.
known بىلگىنىمىز: <status:status>.
known بىلگىنىمىز: <status:status>، <since:day>دىن.
actor=office سىزگە ئىش يوق.
actor=nobody ھەممىسى پۈتتى.
actor=applicant سىز بېجىرىڭ.
actor=supplement ماتېرىيال تولۇقلاڭ.
actor=collect كېلىپ ئېلىڭ.
supply=open <supply_by:day>گىچە تولۇقلاڭ.
supply=passed تولۇقلاش <supply_by:day> توشتى.
actor=supplement,supply=open <supply_by:day>گىچە ماتېرىيال تولۇقلاڭ.
missing كەم: <missing:text>.
kind=promised مۆھلەت <due:day>،
kind=statutory قانۇنىي مۆھلەت <due:day>،
left <left:number> خىزمەت كۈنى قالدى.
left=0 خىزمەت كۈنى قالمىدى.
late <late:number> خىزمەت كۈنى ئۆتتى.
clock=stopped مۆھلەت توختىدى (<pause:pause>)،
clock=ended <used:number> خىزمەت كۈنى كەتتى، مۆھلەت <days:number>.
ended_late <late:number> خىزمەت كۈنى كېچىكتى.
extended <extended:number> خىزمەت كۈنى ئۇزارتىلدى.
provisional=yes چېسلا ۋاقىتلىق.
result نەتىجە: <result:result>.
result نەتىجە: <result:result>، <outcome:text>.
result=unstated نەتىجە خاتىرىدە يوق.
decided قارار <decided:day>.
reason سەۋەبى: <reason:text>.
stage باسقۇچ: <stage:text>.
next كېيىنكىسى: <next:text>.
collect ئېلىڭ: <what:text>: <where:text>، <ready:day>دىن، ئەكېلىڭ: <bring:text>.
project تۈر: <project:text>.
handler بېجىرگۈچى <handler:phone>.
looked <span:number> كۈندە <looks:number> قېتىم كۆرۈلدى، \
ئاخىرقىسى <looked_on:day> <looked_by:channel>.
looks=0 <span:number> كۈندە باشقا كۆرۈلمىدى.
ask سوراڭ <phone:phone>
ask سوراڭ <office:text> <phone:phone>
ask <withheld:withheld>، سوراڭ <phone:phone>
ask <withheld:withheld>، سوراڭ <office:text> <phone:phone>
""",
}
