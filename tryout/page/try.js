// The page as a whole: language, numbers to try, what went wrong.

import { get } from "./ask.js";
import { Handset } from "./handset.js";
import { Kiosk } from "./kiosk.js";
import { Phone } from "./phone.js";
import { current, learn, make, preferred, put, speak } from "./words.js";

const $ = (id) => document.getElementById(id);
const about = await get("about");
learn(about.words);
$("hall-number").textContent = about.numbers[0];

const phone = new Phone();
const handset = new Handset(phone);
new Kiosk(about.kiosk);

// -- language -------------------------------------------------------------------

for (const hinted of document.querySelectorAll("[data-hint]")) {
  put(hinted.appendChild(make("small")), hinted.dataset.hint);
}
for (const choice of document.querySelectorAll("[name=language]")) {
  choice.checked = choice.value === preferred();
  choice.addEventListener("change", () => speak(choice.value));
}

// -- numbers to try ---------------------------------------------------------------

function sample(item) {
  const row = make("li");
  const number = make("bdi", "", item.number);
  number.dir = "ltr";
  const code = make("span", "code");
  if (item.code) {
    const digits = make("bdi", "", item.code);
    digits.dir = "ltr";
    code.append(put(make("span"), "query_code"), " ", digits);
  }
  const line = make("p");
  const describe = () => {
    line.textContent = item[current()];
  };
  document.addEventListener("language", describe);
  const acts = make("div");
  const key = put(make("button", "small key-it"), "key_it");
  key.addEventListener("click", () => phone.press(`${item.number.replace(/\D/g, "")}#`));
  const text = put(make("button", "small"), "text_it");
  text.addEventListener("click", () => handset.send(item.number));
  for (const button of [key, text]) button.type = "button";
  acts.append(key, text);
  row.append(number, code, line, acts);
  return row;
}

$("samples").replaceChildren(...about.showcase.map(sample));
$("samples-none").hidden = about.showcase.length > 0;
phone.onwaiting = (keysAwaited) => {
  for (const button of document.querySelectorAll(".key-it")) button.disabled = !keysAwaited;
};
phone.draw();

// -- for developers -----------------------------------------------------------------

let alerts = 0;
async function wrongs() {
  if ($("raw").checked && !document.hidden) {
    const news = await get(`alerts?after=${alerts}`);
    for (const alert of news) {
      alerts = alert.n;
      const row = make("li");
      row.append(make("code", "", `${alert.code} ${alert.url}`), make("div", "", alert.text));
      $("wrongs-list").prepend(row);
      $("wrongs-none").hidden = true;
    }
  }
}
setInterval(() => wrongs().catch(() => {}), 2000); // the line above the page says it is lost
$("raw").addEventListener("change", () => {
  const wanted = $("raw").checked;
  $("wrongs").hidden = !wanted;
  for (const box of document.querySelectorAll("details.exchange")) box.hidden = !wanted;
  handset.raw(wanted);
  wrongs();
});

speak(preferred());
document.body.dataset.ready = "yes";
