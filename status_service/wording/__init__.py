"""Facts as sentences, in zh-CN, ug and en: one answer, three voices.

Channels import this package and `status_service.client`, and nothing else of
the service. It says facts; each channel owns the prompts around them.
"""

from status_service.wording.hall import (
    guide_speech,
    guide_text,
    notice_speech,
    notice_text,
    office_speech,
    office_text,
)
from status_service.wording.said import Row, Said, digits_speech, name
from status_service.wording.screen import answer_screen
from status_service.wording.speech import answer_speech
from status_service.wording.text import answer_text

__all__ = [
    "Row", "Said", "answer_screen", "answer_speech", "answer_text", "digits_speech",
    "guide_speech", "guide_text", "name", "notice_speech", "notice_text", "office_speech",
    "office_text",
]
