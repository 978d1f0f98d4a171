// The page's words: one catalogue in three languages, fetched once, and every element that
// shows one of them, so that the whole page can change its language at any moment.

let catalogue = {};
let language = "en";

export const current = () => language;

/** The sentence of a key; {name} is filled from `fill`, where "@key" is a word itself. */
export function say(key, fill = {}) {
  const sentence = catalogue[key]?.[language] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => {
    const value = String(fill[name] ?? "");
    return value.startsWith("@") ? say(value.slice(1)) : value;
  });
}

export function learn(words) {
  catalogue = words;
}

/** Let an element show a word, now and after the language changes. */
export function put(element, key, fill = {}) {
  element.dataset.word = key;
  element.dataset.fill = JSON.stringify(fill);
  element.textContent = say(key, fill);
  return element;
}

/** Change the page's language; it is remembered for the next visit. */
export function speak(next) {
  language = next;
  localStorage.setItem("language", next);
  document.documentElement.lang = next;
  document.documentElement.dir = next === "ug" ? "rtl" : "ltr";
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = say(element.dataset.word, JSON.parse(element.dataset.fill ?? "{}"));
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label",
      say(element.dataset.label, JSON.parse(element.dataset.fill ?? "{}")));
  }
  document.title = `Hallway · ${say("title")}`;
  document.dispatchEvent(new CustomEvent("language"));
}

/** The language to begin with: the last one chosen, or the browser's. */
export function preferred() {
  const kept = localStorage.getItem("language");
  if (kept) return kept;
  const wishes = navigator.languages.map((tag) => tag.toLowerCase());
  const first = wishes.find((tag) => /^(zh|en|ug)/.test(tag)) ?? "zh";
  return first.startsWith("zh") ? "zh-CN" : first.slice(0, 2);
}

export const spoken = (tag) => {
  const short = tag.toLowerCase().replace(/^cmn/, "zh").slice(0, 2);
  return ["zh", "en", "ug"].includes(short) ? `lang_${short}` : "lang_other";
};

export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
