// The telephone: drives one call, keeps its time, shows what is said.

import { aloud, stop } from "./aloud.js";
import { get, post, Refused } from "./ask.js";
import { cut, isPrompt, show } from "./transcript.js";
import { make, put } from "./words.js";

const KEYS = [["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
  ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""]];
const QUICK = 400; // ms between two looks while the hall is thinking
const SLOW = 2000; // ms while it waits for us
const AT_ONCE = 250; // ms a sentence that no key can cut off takes where no time runs

const $ = (id) => document.getElementById(id);
const log = $("transcript");

export class Phone {
  constructor() {
    this.sid = null;
    this.waiting = null;
    this.over = true;
    this.taken = 0; // the last entry we have
    this.sent = 0; // requests, counted; an answer older than the last one is not believed
    this.believed = 0;
    this.pending = []; // entries not heard yet
    this.heard = null; // the balloon being spoken
    this.keys = Promise.resolve(); // keys go out in order
    this.timer = null;
    this.onwaiting = () => {};
    this.drawKeypad();
    $("call").addEventListener("click", () => this.start());
    $("hangup").addEventListener("click", () => this.act("hangup"));
    $("clock").addEventListener("change", () => this.timeFlows());
    document.addEventListener("keydown", (event) => this.typed(event));
    document.addEventListener("language", () => this.draw());
    this.empty();
    this.draw();
  }

  // -- what a person does ------------------------------------------------------

  async start() {
    if (!this.over || this.starting) return;
    if (!$("mine").validity.valid) {
      $("mine").focus();
      return;
    }
    this.starting = true;
    try {
      this.take(await post("calls", { from: this.from(), to: this.to() }), ++this.sent, true);
      this.look();
    } finally {
      this.starting = false;
    }
  }

  /** A call from the hall to this telephone. */
  async incoming(sid) {
    if (!this.over || this.sid === sid) return;
    this.take(await get(`calls/${sid}?after=0`), ++this.sent, true);
    this.look();
  }

  press(keys) {
    if (this.over) return;
    this.interrupt();
    this.keys = this.keys.then(() => this.act("keys", { keys }));
  }

  async act(what, more = {}) {
    if (!this.sid) return;
    if (what === "hangup") this.interrupt();
    const id = ++this.sent;
    try {
      this.take(await post(`calls/${this.sid}/${what}`, { after: this.taken, ...more }), id);
    } catch (error) {
      if (error instanceof Refused && !error.state) throw error;
      if (error.state) this.take(error.state, id); // the call has moved on meanwhile
      else this.unsent = true; // no connection; `look` goes on when it is back
    }
  }

  typed(event) {
    const inField = event.target.closest(
      "input:not([type=checkbox], [type=radio]), textarea, summary");
    if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[0-9*#]$/.test(event.key)) {
      event.preventDefault();
      const button = $("keypad").querySelector(`[data-key="${event.key}"]`);
      button.classList.add("down");
      setTimeout(() => button.classList.remove("down"), 150);
      this.press(event.key);
    } else if (event.key === "Enter" && !event.target.closest("button, a")) {
      this.start();
    }
  }

  // -- what the call says --------------------------------------------------------

  async look() {
    const sid = this.sid;
    while (sid === this.sid && !this.over) {
      await new Promise((done) => setTimeout(done, this.waiting ? SLOW : QUICK));
      if (sid !== this.sid || this.over) return;
      const id = ++this.sent;
      try {
        this.take(await get(`calls/${sid}?after=${this.taken}`), id);
        if (this.unsent && !this.speaking) this.silence();
        this.unsent = false;
      } catch (error) {
        if (error instanceof Refused) this.lose();
      }
    }
  }

  /** The server knows this call no more: it was started again. */
  lose() {
    this.over = true;
    this.waiting = null;
    clearTimeout(this.timer);
    this.draw();
  }

  take(state, id, fresh = false) {
    if (fresh) {
      this.sid = state.sid;
      this.taken = 0;
      this.pending = [];
      this.heard = null;
      log.replaceChildren();
    }
    if (state.sid !== this.sid || id < this.believed) return;
    this.believed = id;
    const news = state.entries.filter((entry) => entry.n > this.taken);
    const turned = state.waiting?.turn !== this.waiting?.turn || state.over !== this.over;
    this.taken = Math.max(this.taken, ...news.map((entry) => entry.n));
    this.waiting = state.waiting;
    this.over = state.over;
    this.pending.push(...news);
    this.draw();
    if (news.length || turned) {
      // What the person did, and the end, are seen at once; speech takes its time.
      if (!this.speaking || this.over) this.timeFlows();
    }
  }

  // -- time -----------------------------------------------------------------------

  get running() {
    return $("clock").checked;
  }

  /** Show what is pending, each prompt for as long as it takes; then let silence run. */
  async timeFlows() {
    clearTimeout(this.timer);
    const mine = (this.flow = {});
    this.speaking = true;
    while (this.pending.length) {
      const entry = this.pending.shift();
      const element = show(log, entry, this.sid);
      if (!isPrompt(entry) && entry.kind !== "pause") continue;
      this.heard = element;
      const sound = $("aloud").checked && !this.over && isPrompt(entry)
        ? aloud(entry, element.querySelector("audio")) : null;
      if (this.over) continue;
      if (!sound && !this.running && entry.interruptible) continue; // all of a menu at once
      await Promise.all([sound, this.pass(this.running ? entry.seconds * 1000 : AT_ONCE)]);
      if (mine !== this.flow) return; // interrupted
    }
    this.heard = null;
    this.speaking = false;
    this.silence();
  }

  pass(ms) {
    return new Promise((done) => {
      this.timer = setTimeout(done, ms);
      this.bar(ms, "");
    });
  }

  /** All is said: now the silence counts, or the next thing begins. */
  silence() {
    const now = this.waiting;
    this.bar(0, "");
    if (!now || this.over) return;
    if (now.kind === "speaking" || now.kind === "pause") {
      this.act("wait", { turn: now.turn });
      return;
    }
    if (!this.running || !now.timeout) return;
    const ends = Date.now() + now.timeout * 1000;
    this.bar(now.timeout * 1000, "keys");
    const tick = () => {
      const left = Math.ceil((ends - Date.now()) / 1000);
      put($("left"), "seconds_left", { n: Math.max(left, 0) });
      if (left > 0) {
        this.timer = setTimeout(tick, 200);
      } else {
        this.act("wait", { turn: now.turn });
      }
    };
    tick();
  }

  /** A key or the end cuts off what is being said, where keys are listened to. */
  interrupt() {
    if (this.speaking && this.waiting && this.waiting.kind !== "keys") return;
    clearTimeout(this.timer);
    stop();
    this.flow = {};
    this.speaking = false;
    if (this.heard) cut(this.heard);
    this.heard = null;
    for (const entry of this.pending.splice(0)) {
      const element = show(log, entry, this.sid);
      if (isPrompt(entry)) cut(element);
    }
    this.bar(0, "");
  }

  bar(ms, kind) {
    const bar = $("bar");
    bar.className = kind;
    bar.getAnimations().forEach((animation) => animation.cancel());
    if (kind !== "keys") $("left").textContent = "";
    if (!ms || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    bar.animate([{ width: "100%" }, { width: "0%" }], { duration: ms });
  }

  // -- what is seen -----------------------------------------------------------------

  draw() {
    const kind = this.over ? (this.sid ? "over" : "idle") : this.waiting?.kind ?? "connecting";
    put($("state"), `state_${kind}`);
    $("dot").className = `dot${this.over ? "" : kind === "keys" ? " keys" : " on"}`;
    $("call").disabled = !this.over;
    $("hangup").disabled = this.over;
    if (this.choicesFor !== kind) this.drawChoices(kind);
    this.choicesFor = kind;
    this.onwaiting(!this.over && kind === "keys");
  }

  drawChoices(kind) {
    const choices = {
      speaking: [["go_on", "wait"]],
      pause: [["go_on", "wait"]],
      keys: [["say_nothing", "wait"]],
      dial: [["they_answer", "answer"], ["they_busy", "decline", { how: "busy" }],
        ["they_silent", "wait"]],
      talk: [["talk_over", "wait"]],
      record: [["speak", "speak"], ["say_nothing", "wait"]],
      ringing: [["answer", "answer"], ["decline", "decline", { how: "busy" }]],
    };
    $("choices").replaceChildren(...(choices[kind] ?? []).map(([word, act, more]) => {
      const button = put(make("button"), word);
      button.type = "button";
      button.addEventListener("click", () => {
        if (act === "wait") this.hearOut();
        this.act(act, more ?? (act === "wait" ? { turn: this.waiting?.turn } : {}));
      });
      return button;
    }));
  }

  /** Skip the time that what is being said would take. */
  hearOut() {
    clearTimeout(this.timer);
    stop();
    this.flow = {};
    this.speaking = false;
    this.heard = null;
    for (const entry of this.pending.splice(0)) show(log, entry, this.sid);
    this.bar(0, "");
  }

  drawKeypad() {
    $("keypad").replaceChildren(...KEYS.map(([key, letters]) => {
      const button = make("button", "", key);
      button.type = "button";
      button.dataset.key = key;
      button.dataset.label = "key_n";
      const named = { "*": "@star", "#": "@hash" }[key] ?? key;
      button.dataset.fill = JSON.stringify({ key: named });
      button.append(make("small", "", letters));
      button.addEventListener("click", () => this.press(key));
      return button;
    }));
  }

  empty() {
    log.replaceChildren(put(make("p", "empty"), "phone_empty"));
  }

  from() {
    return $("mine").value.trim();
  }

  to() {
    return $("hall-number").textContent;
  }
}
