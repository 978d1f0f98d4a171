// The kiosk: its live picture, fingers on its glass, cards for its slot.

import { get, post, Refused } from "./ask.js";
import { current, make, put } from "./words.js";

const EVERY = 2000; // ms between two looks at the slot, and before a kiosk that is away is asked
const RARELY = 10_000; // ms where there are no software cards
const REST = 200; // ms after a picture that did not come
const WIDEST = 1080; // pixels: what the kiosk itself has
const STEP = 90; // pixels: a width that hardly changes asks for the same picture
const OFF = -1; // a place beside the glass

const $ = (id) => document.getElementById(id);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Resolves as soon as somebody can see the page. */
const seen = () => new Promise((done) => {
  if (!document.hidden) done();
  else document.addEventListener("visibilitychange", done, { once: true });
});

export class Kiosk {
  constructor(there) {
    this.revision = -1;
    this.url = null;
    this.cards = [];
    this.inserted = null;
    this.chosen = null; // the card that pressing the slot puts in
    this.dragged = null;
    this.touches = []; // not sent yet
    this.show("away");
    if (!there) {
      this.show("none");
      return;
    }
    this.followFingers();
    this.watchSlot();
    document.addEventListener("language", () => this.drawCards());
    this.watch();
    this.look();
  }

  /** on: it shows something. away: it does not answer now. none: there is no kiosk here. */
  show(state) {
    if (this.state === state) return;
    this.state = state;
    $("kiosk").dataset.state = state;
    $("kiosk-dot").className = `dot${state === "on" ? " on" : ""}`;
    put($("kiosk-state"), `kiosk_${state}`);
    if (state !== "on") put($("dark"), `kiosk_dark_${state}`);
    $("screen").hidden = state !== "on";
    $("dark").hidden = state === "on";
    for (const part of [$("ledge"), $("wallet")]) part.hidden = state === "none";
  }

  // -- the picture ---------------------------------------------------------------

  async watch() {
    for (;;) {
      await seen();
      try {
        await this.next();
      } catch (error) {
        if (document.hidden) continue;
        this.show(error.none ? "none" : "away");
        this.revision = -1; // a kiosk that begins anew counts from the beginning
        await pause(EVERY);
      }
    }
  }

  async next() {
    const wide = ($("glass").clientWidth || STEP) * devicePixelRatio;
    const width = Math.min(Math.ceil(wide / STEP) * STEP, WIDEST);
    const giveUp = new AbortController();
    const hidden = () => document.hidden && giveUp.abort();
    document.addEventListener("visibilitychange", hidden);
    try {
      const answer = await fetch(`kiosk/picture?after=${this.revision}&width=${width}`,
        { cache: "no-store", signal: giveUp.signal });
      if (answer.status === 204) {
        await pause(REST);
      } else if (answer.ok) {
        await this.hang(await answer.blob(), Number(answer.headers.get("Revision")));
      } else {
        throw Object.assign(new Error("no picture"), { none: (await answer.text()) === "none\n" });
      }
    } finally {
      document.removeEventListener("visibilitychange", hidden);
    }
  }

  async hang(blob, revision) {
    const former = this.url;
    this.url = URL.createObjectURL(blob);
    $("screen").src = this.url;
    await $("screen").decode();
    if (former) URL.revokeObjectURL(former);
    this.revision = revision;
    $("screen").dataset.revision = revision;
    this.show("on");
  }

  // -- fingers --------------------------------------------------------------------

  followFingers() {
    const screen = $("screen");
    let finger = null;
    const at = (event) => {
      const glass = screen.getBoundingClientRect();
      return [(event.clientX - glass.left) / glass.width,
        (event.clientY - glass.top) / glass.height];
    };
    screen.addEventListener("pointerdown", (event) => {
      if (finger !== null || event.button !== 0) return;
      event.preventDefault();
      finger = event.pointerId;
      screen.setPointerCapture(finger);
      this.touch("down", ...at(event));
    });
    screen.addEventListener("pointermove", (event) => {
      if (event.pointerId === finger) this.touch("move", ...at(event));
    });
    screen.addEventListener("pointerup", (event) => {
      if (event.pointerId !== finger) return;
      finger = null;
      this.touch("up", ...at(event));
    });
    // Called off by the system: the finger slides off the glass, so that nothing is chosen.
    for (const lost of ["pointercancel", "lostpointercapture"]) {
      screen.addEventListener(lost, (event) => {
        if (event.pointerId !== finger) return;
        finger = null;
        this.touch("move", OFF, OFF);
        this.touch("up", OFF, OFF);
      });
    }
  }

  /** Touches go out one by one and in order; of moves that wait only the last one counts. */
  async touch(phase, x, y) {
    if (phase === "move" && this.touches.at(-1)?.phase === "move") this.touches.pop();
    const near = (part) => Math.min(Math.max(part, OFF), 2);
    this.touches.push({ phase, x: near(x), y: near(y) });
    if (this.sending) return;
    this.sending = true;
    try {
      while (this.touches.length) await post("kiosk/touch", this.touches.shift());
    } catch {
      this.touches = []; // the kiosk went away; `watch` says so
    } finally {
      this.sending = false;
    }
  }

  // -- the slot ---------------------------------------------------------------------

  async look() {
    for (;;) {
      await seen();
      await pause(await this.ask());
    }
  }

  /** Which cards there are and which one is in; how long that may be believed. */
  async ask() {
    if (this.state === "none") return RARELY;
    let found = { cards: [], inserted: null };
    try {
      found = await get("kiosk/cards");
    } catch (error) {
      if (!(error instanceof Refused)) return EVERY;
    }
    if (this.busy || this.dragged) return EVERY; // what is being done is newer
    const drawn = JSON.stringify([found.cards, found.inserted]);
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.cards = found.cards;
      this.inserted = found.inserted;
      this.drawCards();
    }
    return this.cards.length ? EVERY : RARELY;
  }

  watchSlot() {
    const slot = $("slot");
    slot.addEventListener("click", () => {
      if (this.chosen) this.insert(this.chosen);
      else put($("slot-words"), "slot_choose");
    });
    $("take-out").addEventListener("click", () => this.remove());
    const over = (event) => {
      if (!this.dragged) return;
      event.preventDefault();
      slot.classList.toggle("near", slot.contains(event.target));
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragend", () => {
      this.dragged = null;
      slot.classList.remove("near");
    });
    document.addEventListener("drop", (event) => {
      const card = this.dragged;
      if (!card) return;
      event.preventDefault();
      const into = $("ledge").contains(event.target);
      if (into && card !== this.inserted) this.insert(card);
      if (!into && card === this.inserted) this.remove();
    });
  }

  async insert(card) {
    if (this.inserted) {
      put($("slot-words"), "slot_taken");
      return;
    }
    await this.act(() => post("kiosk/insert", { card }), card);
  }

  async remove() {
    await this.act(() => post("kiosk/remove"), null);
  }

  async act(send, inserted) {
    this.busy = true;
    try {
      await send();
      this.inserted = inserted;
      this.drawn = null;
      this.chosen = null;
      this.drawCards();
    } catch (error) {
      put($("slot-words"), error.status === 409 ? "slot_taken" : "slot_failed");
    } finally {
      this.busy = false;
    }
  }

  drawCards() {
    const card = this.cards.find((one) => one.id === this.inserted);
    $("ledge").classList.toggle("full", Boolean(card));
    $("slot").disabled = Boolean(card) || !this.cards.length;
    $("slot").classList.toggle("ready", Boolean(this.chosen));
    put($("slot-words"), card ? "slot_full" : this.chosen ? "slot_ready" : "slot_empty");
    $("inserted").replaceChildren(...(card ? [this.face(card)] : []));
    $("take-out").hidden = !card;
    put($("cards-words"), this.cards.length ? "cards_lead" : "cards_none");
    const focused = document.activeElement?.dataset.card;
    $("cards").replaceChildren(...this.cards.map((one) => {
      const place = make("li", one.id === this.inserted ? "gone" : "");
      place.append(this.face(one));
      return place;
    }));
    if (focused) $("cards").querySelector(`[data-card="${CSS.escape(focused)}"]`)?.focus();
  }

  /** A card as one holds it. No <button>: Firefox lets no button be dragged. */
  face(card) {
    const inside = card.id === this.inserted;
    const face = make("div", "ic");
    face.dataset.card = card.id;
    face.style.setProperty("--n", this.cards.indexOf(card) % 4);
    face.draggable = true;
    face.append(make("i", "chip"), make("b", "", card.label[current()] ?? card.id));
    const number = make("bdi", "", card.printed.replace(/(\d{4})(?=\d)/g, "$1 "));
    number.dir = "ltr";
    face.append(number);
    face.addEventListener("dragstart", (event) => {
      this.dragged = card.id;
      event.dataTransfer.setData("text/plain", card.id);
      event.dataTransfer.effectAllowed = "move";
    });
    if (inside) return face;
    face.tabIndex = 0;
    face.setAttribute("role", "button");
    face.setAttribute("aria-pressed", String(card.id === this.chosen));
    const choose = () => {
      this.chosen = this.chosen === card.id ? null : card.id;
      this.drawCards();
    };
    face.addEventListener("click", choose);
    face.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation(); // Enter would call the hall
      choose();
    });
    return face;
  }
}
