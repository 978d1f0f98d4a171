// Requests to the page's own server, and the sign that it cannot be reached.

const lost = document.getElementById("lost");

/** Thrown when the server refuses; `state` is what it says of the call, if it is about one. */
export class Refused extends Error {
  constructor(status, state) {
    super(`refused: ${status}`);
    this.status = status;
    this.state = state;
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    lost.hidden = false;
    throw error;
  }
  lost.hidden = true;
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  throw new Refused(answer.status, answer.status === 409 ? await answer.json() : null);
}

export const get = (path) => ask(path, { cache: "no-store" });

export const post = (path, body = {}) => ask(path, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});
