// Changes one tracked setup: its status with Undo, or its end after a confirmation.

import { send } from "./http.js";
import { confirm } from "./dialogs.js";

/** Bind the buttons of every row, those that come later included. */
export function bindActions(list) {
  list.rows.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-lifecycle]")) return;
    event.preventDefault();
    move(list, event.target.closest("[data-row]"), event.submitter.value, event.submitter);
  });
  list.rows.addEventListener("click", (event) => {
    if (!event.target.closest("[data-delete]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    erase(list, event.target.closest("[data-row]"));
  });
}

async function move(list, row, status, button) {
  const { row: id, status: before } = row.dataset;
  button?.setAttribute("aria-busy", "true");
  try {
    list.undos.set(id, () => move(list, list.row(id), before, null));
    await send("PATCH", `${list.node.dataset.api}/${id}`, { status });
    await list.load(id);
  } catch (problem) {
    list.undos.delete(id);
    list.say(row, problem.message);
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

async function erase(list, row) {
  const { row: id, name } = row.dataset;
  const yes = await confirm({ title: `Delete ${name}?`, text: "The row and its notes are gone for good. Archive it instead to keep them.", yes: "Delete" });
  if (!yes) return;
  try {
    await send("DELETE", `${list.node.dataset.api}/${id}`);
    list.remove(list.row(id));
    list.recount();
  } catch (problem) {
    list.say(row, problem.message);
  }
}
