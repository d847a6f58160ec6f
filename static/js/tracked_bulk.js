// Acts on several tracked setups in one request and reports what became of each.

import { send } from "./http.js";
import { confirm } from "./dialogs.js";

const MOST = 100;

/** Bind the checkboxes and the bar above the list. */
export function bindBulk(list) {
  const form = list.node.querySelector("#bulk");
  const all = form.querySelector("[data-pick-all]");
  const update = () => show(list, form, all);
  all.addEventListener("change", () => {
    for (const box of boxes(list)) box.checked = all.checked;
    update();
  });
  list.rows.addEventListener("change", (event) => event.target.matches("[data-pick]") && update());
  list.node.addEventListener("coach:rows", update);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(list, form, event.submitter.value).then(update);
  });
  update();
}

function boxes(list) {
  return [...list.rows.querySelectorAll("[data-pick]")];
}

function picked(list) {
  return boxes(list).filter((box) => box.checked).map((box) => box.value);
}

function show(list, form, all) {
  const chosen = picked(list).length;
  const total = boxes(list).length;
  for (const button of form.querySelectorAll("[data-bulk]")) button.disabled = chosen === 0;
  all.checked = chosen > 0 && chosen === total;
  all.indeterminate = chosen > 0 && chosen < total;
  form.querySelector("[data-pick-label]").textContent = chosen ? `${chosen} of ${total} selected` : `Select all ${total}`;
}

async function act(list, form, action) {
  const ids = picked(list).slice(0, MOST);
  if (action === "delete" && !(await agreed(ids.length))) return;
  const report = form.querySelector("[data-bulk-report]");
  const body = action === "delete" ? { action, ids } : { action: "set_status", status: action, ids };
  try {
    const outcome = await send("POST", `${list.node.dataset.api}/bulk`, body);
    report.textContent = words(outcome, action);
    for (const id of ids) finish(list, id, action, outcome);
    list.recount();
  } catch (problem) {
    report.textContent = problem.message;
  }
}

function agreed(count) {
  return confirm({ title: `Delete ${count} setups?`, text: "The rows and their notes are gone for good.", yes: `Delete ${count}` });
}

function finish(list, id, action, { conflicts = [], notFound = [] }) {
  const row = list.row(id);
  if (!row) return;
  row.querySelector("[data-pick]").checked = false;
  if (conflicts.includes(id)) list.say(row, "Left as it was: another active setup has the same source.");
  else if (action === "delete" || notFound.includes(id)) list.remove(row);
  else list.load(id);
}

function words({ updated = [], unchanged = [], conflicts = [], notFound = [] }, action) {
  const done = action === "delete" ? "deleted" : "changed";
  const parts = [[updated, done], [unchanged, "already so"], [conflicts, "in conflict"], [notFound, "gone"]];
  return parts.filter(([ids]) => ids.length).map(([ids, word]) => `${ids.length} ${word}`).join(", ");
}
