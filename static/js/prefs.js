// Saves a preference on the account a moment after it changes; a failure takes the change back and says why.

import { behaviour } from "./page.js";
import { getJson, send } from "./http.js";
import { confirm } from "./dialogs.js";
import { refresh } from "./panels.js";
import { toast } from "./toast.js";

const DEBOUNCE_MS = 200;
const SAVED_MS = 2500;
// Quiet hours have a beginning and an end, or neither.
const TOGETHER = ["quiet_from", "quiet_to"];
const NOTICES = new Set(["setups", "alerts", "positionAdvice", "morningBrief", "drafts"]);

/** Bind the settings form. */
export function start() {
  behaviour("[data-prefs]", (form) => new Form(form).bind());
}

class Form {
  constructor(form) {
    this.form = form;
    this.timers = new Map();
    this.stored = new Map([...this.names()].map((name) => [name, this.read(name)]));
  }

  bind() {
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", (event) => event.target.name && this.later(event.target.name));
    const reset = this.form.closest("[data-panel]").querySelector("[data-reset-prefs]");
    reset.addEventListener("click", () => this.reset());
    return () => {
      for (const [name, timer] of this.timers) {
        clearTimeout(timer);
        this.store(name);
      }
    };
  }

  names() {
    const names = [...this.form.elements].map((field) => field.name);
    return new Set(names.filter((name) => name && !["csrfmiddlewaretoken", "next"].includes(name)));
  }

  fields(name) {
    return [...this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
  }

  read(name) {
    const [first] = this.fields(name);
    if (name === "muted_types") return this.fields(name).filter((field) => field.checked).map((field) => field.value);
    if (first.type === "checkbox") return first.checked;
    if (first.type === "radio") return Number(this.fields(name).find((field) => field.checked)?.value);
    if (first.type === "number") return first.value === "" ? null : Number(first.value);
    return first.value === "" ? null : first.value;
  }

  write(name, value) {
    for (const field of this.fields(name)) {
      if (name === "muted_types") field.checked = value.includes(field.value);
      else if (field.type === "checkbox") field.checked = value;
      else if (field.type === "radio") field.checked = Number(field.value) === value;
      else field.value = value ?? "";
    }
  }

  later(name) {
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(() => this.store(name), DEBOUNCE_MS));
  }

  async store(name) {
    this.timers.delete(name);
    const names = TOGETHER.includes(name) ? TOGETHER : [name];
    const values = Object.fromEntries(names.map((each) => [each, this.read(each)]));
    if (names === TOGETHER && names.some((each) => values[each] === null) && names.some((each) => values[each] !== null)) {
      this.say(name, { error: "Set both ends, or neither." });
      return;
    }
    try {
      await send("PATCH", this.form.dataset.prefs, NOTICES.has(name) ? { notification_preferences: values } : values);
      for (const each of names) this.stored.set(each, values[each]);
      for (const each of names) this.say(each, { saved: each === name });
    } catch (problem) {
      for (const each of names) this.write(each, this.stored.get(each));
      this.say(name, { error: problem.issues?.[0]?.replace(/^\w+: /, "") ?? problem.message });
    }
  }

  say(name, { saved = false, error = "" }) {
    const box = this.form.querySelector(`[data-setting="${name}"]`);
    const line = box.querySelector("[data-error]");
    line.textContent = error;
    line.hidden = !error;
    const tick = box.querySelector("[data-saved]");
    tick.hidden = !saved;
    if (saved) setTimeout(() => (tick.hidden = true), SAVED_MS);
  }

  async reset() {
    const yes = await confirm({ title: "Reset every setting?", text: "Risk, detection, notifications and chart overlays go back to their defaults. You can undo it.", yes: "Reset" });
    if (!yes) return;
    const before = await getJson(this.form.dataset.prefs);
    await send("DELETE", this.form.dataset.prefs);
    await refresh();
    const undo = async () => {
      delete before.updated_at;
      await send("PUT", this.form.dataset.prefs, before);
      refresh();
    };
    toast({ text: "Settings are back to their defaults", token: "info", action: { label: "Undo", run: undo } });
  }
}
