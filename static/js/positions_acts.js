// Acts on a position: a form of the server in a dialog, sent by hand, shown again with what is wrong with it.

import { getPartial, postForm } from "./http.js";
import { closedAt } from "./positions_figures.js";
import { direction, numberOf, pnl } from "./formats.js";
import { over } from "./positions_advice.js";
import { toast } from "./toast.js";

/** Bind the buttons of every card, those that come later included, and the dialog. */
export function bindActs(panel) {
  const dialog = panel.node.querySelector("[data-act-dialog]");
  panel.node.addEventListener("click", (event) => {
    const link = event.target.closest("[data-act], [data-look]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (link.dataset.look !== undefined) look(dialog, link.href, link);
    else open(panel, dialog, link);
  });
  panel.node.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-answers], [data-act-form], [data-pick-form]")) return;
    event.preventDefault();
    if (form.matches("[data-answers]")) answer(panel, form, event.submitter);
    else if (form.matches("[data-pick-form]")) look(dialog, named(form), event.submitter);
    else send(panel, dialog, form, event.submitter);
  });
  dialog.addEventListener("input", (event) => tellResult(event.target.form));
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-cancel]")) return;
    event.preventDefault();
    dialog.close();
  });
}

async function open(panel, dialog, link) {
  // One at a time: what takes long must not come over what was opened meanwhile.
  if (dialog.dataset.asking !== undefined || dialog.open) return;
  const card = link.closest("[data-position]");
  link.setAttribute("aria-busy", "true");
  dialog.dataset.asking = "";
  try {
    dialog.replaceChildren(await getPartial(inDialog(link.href)));
    dialog.dataset.of = card?.dataset.position ?? "";
    dialog.showModal();
    // The first thing that can be filled in, not the first link.
    dialog.querySelector("input:not([type=hidden]), select, button")?.focus();
  } catch (problem) {
    if (card) panel.say(card, problem.message);
    else toast({ text: problem.message, token: "warn" });
  } finally {
    delete dialog.dataset.asking;
    link.removeAttribute("aria-busy");
  }
}

// Another strike or date: the same dialog, asked again.
async function look(dialog, address, button) {
  button?.setAttribute("aria-busy", "true");
  try {
    dialog.replaceChildren(await getPartial(inDialog(address)));
    (dialog.querySelector("[data-act-form] input:not([type=hidden])") ?? dialog.querySelector("input:not([type=hidden])"))?.focus();
  } catch (problem) {
    trouble(dialog, problem.message);
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

function named(form) {
  return `${form.action}?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""))}`;
}

async function send(panel, dialog, form, button) {
  if (button?.getAttribute("aria-busy")) return;
  button?.setAttribute("aria-busy", "true");
  try {
    const { status, content } = await postForm(inDialog(form.action), new FormData(form, button));
    if (status === 200) await done(panel, dialog, content.querySelector("[data-done]"));
    else showAgain(dialog, content);
  } catch (problem) {
    trouble(dialog, problem.message);
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

function showAgain(dialog, content) {
  dialog.replaceChildren(content);
  const wrong = dialog.querySelector("[aria-invalid=true]") ?? dialog.querySelector("input:not([type=hidden]), button");
  wrong?.focus();
}

async function done(panel, dialog, told) {
  const { of } = dialog.dataset;
  dialog.close();
  toast({ text: told.textContent, token: "pos" });
  if (!of) return panel.tellPlan();
  const card = panel.card(of);
  if (told.dataset.ended !== undefined) panel.remove(card);
  await panel.load([of, ...(told.dataset.opened ?? "").split(",").filter(Boolean)]);
}

async function answer(panel, form, button) {
  const banner = form.closest("[data-advice-id]");
  if (!button || banner.classList.contains("over")) return;
  button.setAttribute("aria-busy", "true");
  try {
    const { content } = await postForm(inDialog(form.action), new FormData(form, button));
    over(banner, content.querySelector("[data-done]").textContent);
  } catch (problem) {
    panel.say(banner.closest("[data-position]"), problem.message);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function tellResult(form) {
  const line = form?.querySelector("[data-result]");
  if (!line) return;
  const { side, multiplier, cost } = form.dataset;
  const [price, units, fees] = ["price", "quantity", "fees"].map((name) => numberOf(form.elements[name].value.replaceAll(",", "").trim()));
  const unit = { side: Number(side), multiplier: Number(multiplier), cost: Number(cost) };
  const result = price === null || units === null ? null : closedAt(price, units, fees ?? 0, unit);
  line.className = `num ${direction(result).token}`;
  line.textContent = pnl(result) ?? "price and quantity say it";
}

function trouble(dialog, text) {
  const line = dialog.querySelector("[data-testid=act-trouble]") ?? document.createElement("p");
  line.className = "error-text";
  line.setAttribute("role", "alert");
  line.dataset.testid = "act-trouble";
  line.textContent = text;
  dialog.querySelector(".dialog-title").after(line);
}

function inDialog(address) {
  const asked = new URL(address, location.origin);
  asked.searchParams.set("part", "1");
  return asked.href;
}
