// The handset: texts of one number, and the call that makes it ring.

import { get, post, Refused } from "./ask.js";
import { exchange } from "./exchange.js";
import { make, put } from "./words.js";

const EVERY = 1000; // ms between two looks

const $ = (id) => document.getElementById(id);
const log = $("bubbles");

export class Handset {
  constructor(phone) {
    this.phone = phone;
    this.next = 0;
    this.shown = new Set();
    $("compose").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send($("words").value);
    });
    $("words").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      $("compose").requestSubmit();
    });
    $("mine").addEventListener("change", () => this.renumber());
    this.empty();
    this.look();
  }

  get number() {
    return $("mine").value.trim();
  }

  get valid() {
    return $("mine").validity.valid;
  }

  async send(text) {
    if (!this.valid) $("mine").focus();
    if (!this.valid || !text.trim()) return;
    $("words").value = "";
    try {
      this.add(await post("texts", { from: this.number, to: this.phone.to(), body: text }));
    } catch (error) {
      $("words").value ||= text; // nothing typed is lost with the connection
      if (error instanceof Refused) throw error;
    }
  }

  /** Another telephone: its own texts, from the beginning. */
  renumber() {
    $("mine-wrong").hidden = this.valid;
    $("mine").setAttribute("aria-invalid", String(!this.valid));
    if (!this.valid) return;
    this.next = 0;
    this.shown.clear();
    this.empty();
  }

  async look() {
    for (;;) {
      await new Promise((done) => setTimeout(done, EVERY));
      if (document.hidden || !this.valid) continue;
      const number = this.number;
      try {
        const news = await post("handset", { from: number, after: this.next });
        if (number !== this.number) continue;
        this.next = news.next;
        news.messages.forEach((message) => this.add(message));
        if (news.ringing) this.phone.incoming(news.ringing);
      } catch (error) {
        if (error instanceof Refused) this.next = 0;
      }
    }
  }

  add(message) {
    if (this.shown.has(message.sid)) return;
    this.shown.add(message.sid);
    log.querySelector(".empty")?.remove();
    const box = make("div", message.mine ? "said mine-bubble" : "said");
    const words = make("p", "", message.body);
    words.dir = "auto";
    const size = make("small");
    size.dataset.units = message.units;
    size.dataset.segments = message.segments;
    put(size.appendChild(make("span")), message.segments === 1 ? "size_one" : "size_many",
      { units: message.units, segments: message.segments });
    size.append(` · ${message.encoding}`);
    box.append(words, size);
    if (message.automatic) put(box.appendChild(make("small")), "automatic");
    log.append(box);
    if (message.mine) this.unfold(message.sid);
    log.scrollTop = log.scrollHeight;
  }

  /** What was exchanged about one text, added when it is there and somebody wants to see. */
  async unfold(sid) {
    const place = log.appendChild(make("div", "exchanges"));
    place.dataset.sid = sid;
    if ($("raw").checked) await this.fill(place);
  }

  async fill(place) {
    for (let tries = 0; tries < 40 && !place.children.length; tries += 1) {
      const found = await get(`texts/${place.dataset.sid}/exchanges`);
      place.replaceChildren(...found.map(exchange));
      if (!found.length) await new Promise((done) => setTimeout(done, 400));
    }
  }

  raw(wanted) {
    for (const place of log.querySelectorAll(".exchanges")) if (wanted) this.fill(place);
  }

  empty() {
    log.replaceChildren(put(make("p", "empty"), "handset_empty"));
  }
}
