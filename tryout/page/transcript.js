// One line of a call as it stands on the page.

import { exchange } from "./exchange.js";
import { make, put, say, spoken } from "./words.js";

const PROMPTS = ["say", "play"];

export const isPrompt = (entry) => PROMPTS.includes(entry.kind);

function balloon(entry, sid, last) {
  const box = make("div", "said");
  box.dataset.language = entry.language;
  if (last?.dataset.language !== entry.language) { // who speaks is said once
    const who = make("small");
    put(who.appendChild(make("span")), "hall");
    who.append(" · ");
    put(who.appendChild(make("span")), spoken(entry.language));
    box.append(who);
  }
  const words = make("p", "", entry.text);
  words.lang = entry.language;
  words.dir = /^ug/i.test(entry.language) ? "rtl" : "ltr";
  if (!entry.text) put(words, "recording", { language: `@${spoken(entry.language)}` });
  box.append(words);
  if (entry.audio !== null) {
    box.classList.add("recorded");
    box.append(player(`calls/${sid}/audio/${entry.audio}`));
  }
  return box;
}

/** A button that plays a recording and stops it again. */
function player(address) {
  const button = make("button", "play");
  button.type = "button";
  button.dataset.label = "play_it";
  button.setAttribute("aria-label", say("play_it"));
  const audio = make("audio");
  audio.preload = "none";
  audio.src = address;
  const mark = () => button.setAttribute("aria-pressed", String(!audio.paused));
  for (const change of ["play", "pause", "ended"]) audio.addEventListener(change, mark);
  button.addEventListener("click", () => {
    if (audio.paused) audio.play();
    else audio.pause();
  });
  mark();
  button.append(audio);
  return button;
}

function event(entry) {
  const { kind, who, detail } = entry;
  const line = make("p", kind === "error" ? "line bad" : "line");
  const number = `\u2066${detail.number ?? ""}\u2069`; // keeps its order between Uyghur words
  const fill = { number, key: entry.text, n: Math.round(entry.seconds), code: detail.code };
  let key = `ev_${kind}`;
  if (kind === "hung_up") key = who === "caller" ? "ev_you_hung_up" : "ev_hall_hung_up";
  if (kind === "dial_over") key = `ev_dial_${detail.how}`;
  put(line.appendChild(make("span")), key, fill);
  if (kind === "error") line.append(make("bdi", "", ` ${entry.text}`));
  return line;
}

/** Add an entry to the log; returns the element that shows it. */
export function show(log, entry, sid) {
  log.querySelector(".empty")?.remove();
  let last = log.lastElementChild;
  while (last?.hidden) last = last.previousElementSibling;
  let element;
  if (entry.kind === "key" && last?.classList.contains("keyed")) {
    last.querySelector("span").textContent += entry.text;
    element = last;
  } else if (entry.kind === "key") {
    element = make("div", "keyed");
    put(element.appendChild(make("small")), "you");
    const keys = make("span", "", entry.text);
    keys.dir = "ltr";
    element.append(keys);
  } else if (entry.kind === "exchange") {
    element = exchange(entry.detail);
  } else {
    element = isPrompt(entry) ? balloon(entry, sid, last) : event(entry);
  }
  if (element !== last) log.append(element);
  log.scrollTop = log.scrollHeight;
  return element;
}

/** Mark a balloon whose end was not heard. */
export function cut(element) {
  if (element.classList.contains("cut")) return;
  element.classList.add("cut");
  put(element.appendChild(make("small")), "cut_off");
}
