// Talks to our own server: JSON or HTML, the CSRF token on writes, retries on reads only.

const READ_WAITS_MS = [800, 1600];
const UNREACHED = 0;
// Wrong input, and a change in the meantime: the form comes back and says so.
const FORM_REFUSED = [409, 422];

/** What the server answered, in words for a person. */
export class AnswerError extends Error {
  constructor(message, status, issues = []) {
    super(message);
    this.status = status;
    this.issues = issues;
  }
}

/** GET and return the JSON body; `onRetry(attempt, of)` hears of each repetition. */
export async function getJson(address, { signal, onRetry } = {}) {
  const answer = await read(address, "application/json", signal, onRetry);
  return answer.json();
}

/** GET and return the nodes of an HTML partial. */
export async function getPartial(address, { signal } = {}) {
  const answer = await read(address, "text/html", signal);
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  return template.content;
}

/** Send JSON by POST, PUT, PATCH or DELETE and return the JSON answer; never repeated. */
export async function send(method, address, body, headers = {}) {
  const answer = await attempt(address, {
    method,
    headers: {
      ...headers,
      Accept: "application/json",
      "Content-Type": "application/json",
      "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return answer.json();
}

/** POST a form and return the status and nodes of the answer; one that it is refused with is an answer, too. Never repeated. */
export async function postForm(address, fields) {
  const headers = { Accept: "text/html", "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content };
  const answer = await fetch(address, { method: "POST", credentials: "same-origin", headers, body: new URLSearchParams(fields) }).catch(unreached);
  const said = answer.ok || FORM_REFUSED.includes(answer.status);
  if (!said || answer.url.includes("/accounts/sign-in")) throw await refusal(answer);
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  return { status: answer.status, content: template.content };
}

async function read(address, accept, signal, onRetry) {
  for (let repeated = 0; ; repeated += 1) {
    try {
      return await attempt(address, { headers: { Accept: accept }, signal });
    } catch (problem) {
      if (repeated >= READ_WAITS_MS.length || !worthRepeating(problem)) throw problem;
      onRetry?.(repeated + 2, READ_WAITS_MS.length + 1);
      await pause(problem.retryAfterMs ?? READ_WAITS_MS[repeated] * (0.75 + Math.random() / 2), signal);
    }
  }
}

async function attempt(address, options) {
  const answer = await fetch(address, { credentials: "same-origin", redirect: "follow", ...options }).catch(unreached);
  if (answer.ok && !answer.url.includes("/accounts/sign-in")) return answer;
  throw await refusal(answer);
}

// Browsers say "Failed to fetch", which tells a trader nothing.
function unreached(problem) {
  if (problem.name === "AbortError") throw problem;
  throw new AnswerError("The server cannot be reached. Please try again.", UNREACHED);
}

async function refusal(answer) {
  const said = await answer.json().catch(() => ({}));
  const status = answer.ok ? 401 : answer.status;
  if (status === 401) document.dispatchEvent(new CustomEvent("coach:signed-out"));
  const problem = new AnswerError(said.message ?? "The server could not answer. Please try again.", status);
  problem.issues = said.details?.issues ?? [];
  const seconds = Number(answer.headers.get("Retry-After"));
  if (seconds > 0) problem.retryAfterMs = Math.min(seconds, 30) * 1000;
  return problem;
}

function worthRepeating(problem) {
  if (problem.name === "AbortError") return false;
  return !(problem instanceof AnswerError) || problem.status === UNREACHED || problem.status >= 500 || problem.status === 429;
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
