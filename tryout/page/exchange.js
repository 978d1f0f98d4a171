// What was exchanged with a webhook, for a developer: the request, then the answer.

import { make } from "./words.js";

function indented(xml) {
  let depth = 0;
  return xml.replace(/>\s*</g, ">\n<").split("\n").map((line) => {
    if (/^<\//.test(line)) depth -= 1;
    const shown = "  ".repeat(Math.max(depth, 0)) + line;
    if (/^<[^/?!][^>]*[^/]>$/.test(line) && !/<\//.test(line)) depth += 1;
    return shown;
  }).join("\n");
}

export function exchange(detail) {
  const box = make("details", "exchange");
  box.hidden = !document.getElementById("raw").checked;
  const path = new URL(detail.url, location.href);
  box.append(make("summary", "",
    `${detail.method} ${path.pathname}${path.search} → ${detail.status || detail.error}`));
  const asked = Object.entries(detail.parameters)
    .filter(([, value]) => value !== "").map(([name, value]) => `${name}=${value}`).join("\n");
  const answered = detail.content_type.includes("xml") ? indented(detail.body) : detail.body;
  box.append(make("pre", "", asked));
  box.append(make("pre", "", [detail.content_type, answered, detail.error]
    .filter(Boolean).join("\n")));
  return box;
}
