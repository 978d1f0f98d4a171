"""The kiosk as a running program: one window, one thread that draws, one queue into it.

Whatever other threads have to say (results, the card, touches from afar) is put into that
queue and taken out with the next frame. Import only after kiosk.window.setup.
"""

from __future__ import annotations

import gc
import logging
import queue
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from kivy.base import EventLoop, ExceptionHandler, ExceptionManager, runTouchApp, stopTouchApp
from kivy.cache import Cache
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels
from kivy.input.motionevent import MotionEvent

from kiosk import dialogue
from kiosk.asker import Asker
from kiosk.card.holder import CardHolder
from kiosk.card.worker import CardWorker
from kiosk.look.layout import lay_out
from kiosk.look.sheet import Ink, Panel, Sheet
from kiosk.printer import Printer
from kiosk.remote import Board, Frame, Place, Said, State, Touch
from kiosk.talk import Effect
from kiosk.window.canvas import Pane
from kiosk.window.driver import Driver, Ticket, where
from kiosk.window.touch import Hand
from settings import KioskSettings
from status_service.client import Client, Visit

IDLE_FPS = 15  # frames a second while nothing moves: what a card or a result waits at most
BUSY_FPS = 60  # while a finger is on the glass and a moment longer, and while an answer is due
BUSY = 0.5  # seconds of that moment
MOST_FAILURES = 10  # frames one after another that could not be drawn: the window is gone

logger = logging.getLogger(__name__)


class FarTouch(MotionEvent):  # type: ignore[misc]  # Kivy is untyped
    """A touch from the remote, by the same way as one on the glass."""

    def __init__(self, number: int, x: float, y: float) -> None:
        super().__init__("remote", number, (x, y), is_touch=True, type_id="touch")

    def depack(self, args: tuple[float, float]) -> None:
        self.sx, self.sy = args
        self.profile = ["pos"]
        super().depack(args)


class _Surface(Pane):
    """The pane with its touches."""

    def __init__(self, touched: Callable[[str, Any], None]) -> None:
        super().__init__()
        self._touched = touched

    def on_touch_down(self, touch: Any) -> bool:
        self._touched("down", touch)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        self._touched("move", touch)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        self._touched("up", touch)
        return True


class Kiosk:
    """The window with everything that works behind it."""

    def __init__(self, settings: KioskSettings, panel: Panel, client: Client,
                 printer: Printer | None) -> None:
        self._zone = ZoneInfo(settings.zone)
        self._name = settings.kiosk
        self._panel = panel
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._hand = Hand()
        self._surface = _Surface(self._touch)
        self._busy_until = 0.0
        self._far: FarTouch | None = None
        self._far_count = 0
        self._revision = 0
        self._changed = self._wanted = False
        self._failures = 0
        self._asker: Asker[Ticket] = Asker(
            client, printer, self._now,
            lambda ticket, back: self.post(partial(self.driver.answered, ticket, back)),
            lambda ready: self.post(partial(self.driver.printer_is, ready)))
        self._cards = CardWorker(client, settings.kiosk,
                                 lambda event: self.post(partial(self.driver.card, event)))
        self.board = Board(lambda: self.post(self._want))
        self.driver = Driver(panel=panel, step=dialogue.step, lay_out=lay_out, glass=self,
                             ask=self._ask, end_card=self._cards.end_visit, now=self._now)

    def _now(self) -> datetime:
        return datetime.now(self._zone)

    def _ask(self, effect: Effect, ticket: Ticket, card: int | None) -> None:
        holder = None if card is None else CardHolder(self._cards, card)
        self._asker.ask(effect, ticket, holder, Visit("kiosk", ticket.visit, self._name))

    def post(self, work: Callable[[], None]) -> None:
        """From any thread: have `work` done on the thread that draws, with its next frame."""
        self._inbox.put(work)

    def run(self) -> None:
        """Show the home screen, start what works behind it, and draw until `stop`."""
        ExceptionManager.add_handler(_Survive(self))
        Window.bind(on_flip=self._drawn, on_resize=self._resized)
        Clock.schedule_interval(self._frame, 0)
        self.driver.begin()
        self._cards.start()
        self._asker.start()
        try:
            runTouchApp(self._surface)
        finally:
            self._cards.stop()
            self._asker.stop()

    def stop(self) -> None:
        """End after this frame. For the handler of a signal as well."""
        self.post(stopTouchApp)

    def failed(self, error: BaseException) -> bool:
        """Something failed outside of the dialogue. False: nothing can be drawn any more."""
        self._failures += 1
        logger.error("a frame failed: %s", where(error))
        return self._failures < MOST_FAILURES

    # -- the glass (see driver.Glass) ----------------------------------------------------

    def show(self, sheet: Sheet, same: bool) -> None:
        self._surface.show(sheet)
        self._hand.lay(sheet.targets, same)
        self._surface.hold(self._hand.pressed)
        self._changed = True

    def lock(self) -> None:
        self._hand.lay((), False)
        self._surface.hold(None)

    def forget(self) -> None:
        """Nothing of a visitor stays in what is drawn, in Kivy's caches or in what rests
        until the collector comes."""
        self._hand.lay((), False)
        self._surface.forget()
        self.board.publish(State(revision=self._revision))
        for category in list(Cache._categories):
            Cache.remove(category)
        if "kivy.core.clipboard" in sys.modules:  # nothing here loads it
            sys.modules["kivy.core.clipboard"].Clipboard.copy("")
        gc.collect()

    # -- one frame ---------------------------------------------------------------------------

    def _frame(self, _: float) -> None:
        while True:
            try:
                work = self._inbox.get_nowait()
            except queue.Empty:
                break
            work()
        self.driver.tick()
        busy = (self._hand.down or self.driver.awaits
                or time.monotonic() < self._busy_until)
        Clock._max_fps = BUSY_FPS if busy else IDLE_FPS

    def _drawn(self, *_: object) -> None:
        """After drawing and before the buffers are swapped: the pixels are those to come."""
        self._failures = 0
        if self._changed:
            self._changed = False
            self._revision += 1
            self.board.publish(self._state())
        if self._wanted:
            self._wanted = False
            width, height = Window.system_size
            pixels = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
            self.board.hang(Frame(self._revision, width, height, pixels))

    def _resized(self, *_: object) -> None:
        self._changed = True

    def _want(self) -> None:
        self._wanted = True
        self._surface.canvas.ask_update()

    def _state(self) -> State:
        sheet, screen = self._surface.sheet, self.driver.screen
        if sheet is None or screen is None:
            return State(revision=self._revision)
        width, height = Window.width, Window.height
        return State(
            screen=screen.name, language=screen.language, width=width, height=height,
            revision=self._revision, page=sheet.page, pages=sheet.pages,
            targets=tuple(target.act for target in sheet.targets if target.enabled),
            places=tuple(self._place(target.act, target.x, target.y, target.width,
                                     target.height, target.enabled) for target in sheet.targets),
            texts=tuple(Said(mark.part, mark.text) for mark in sheet.marks
                        if isinstance(mark, Ink) and mark.text))

    def _place(self, act: str, x: int, y: int, width: int, height: int, enabled: bool) -> Place:
        left, top = self._surface.part(x, y)
        right, bottom = self._surface.part(x + width, y + height)
        return Place(act, left, top, right - left, bottom - top, enabled)

    # -- touches -------------------------------------------------------------------------------

    def _touch(self, phase: str, touch: Any) -> None:
        if "button" in touch.profile and touch.button != "left":  # a wheel, another mouse button
            return
        x, y = self._surface.place(touch.sx, touch.sy)
        former, act = self._hand.pressed, None
        if phase == "down":
            if self._hand.begin(touch.uid, x, y):
                self.driver.touch_began()
        elif phase == "move":
            self._hand.move(touch.uid, x, y)
        else:
            act = self._hand.end(touch.uid, x, y)
        self._busy_until = time.monotonic() + BUSY
        if self._hand.pressed != former:
            self._surface.hold(self._hand.pressed)
            self._changed = True
        if act is not None:
            self.driver.touched(act)

    def touch(self, touch: Touch) -> None:
        """From the remote; any thread."""
        self.post(partial(self._dispatch, touch))

    def _dispatch(self, touch: Touch) -> None:
        place = (touch.x, 1 - touch.y)
        if touch.phase == "down":
            if self._far is not None:  # its end was lost
                EventLoop.post_dispatch_input("end", self._far)
            self._far_count += 1
            self._far = FarTouch(self._far_count, *place)
            EventLoop.post_dispatch_input("begin", self._far)
        elif self._far is not None:
            self._far.move(place)
            if touch.phase == "move":
                EventLoop.post_dispatch_input("update", self._far)
            else:
                far, self._far = self._far, None
                EventLoop.post_dispatch_input("end", far)


class _Survive(ExceptionHandler):  # type: ignore[misc]
    """What fails in a frame costs that frame; its text, which may name somebody, is not said."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk

    def handle_exception(self, inst: BaseException) -> int:
        if isinstance(inst, Exception) and self._kiosk.failed(inst):
            return int(ExceptionManager.PASS)
        return int(ExceptionManager.RAISE)
