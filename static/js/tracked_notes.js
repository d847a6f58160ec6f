// Edits the notes of a tracked setup in its row: counter, Save, Cancel, Ctrl+Enter.

import { getPartial, send } from "./http.js";

/** Bind the notes of every row. */
export function bindNotes(list) {
  list.rows.addEventListener("click", (event) => {
    if (event.target.closest("[data-edit-notes]")) open(list, event);
    if (event.target.closest("[data-cancel-notes]")) cancel(list, event);
  });
  list.rows.addEventListener("input", (event) => event.target.matches("textarea[name=notes]") && count(event.target));
  list.rows.addEventListener("keydown", (event) => {
    if (!event.target.matches("textarea[name=notes]")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
    if (event.key === "Escape") cancel(list, event);
  });
  list.rows.addEventListener("submit", (event) => event.target.matches("[data-notes-form]") && save(list, event));
}

/** Whether a note of this row is being written. */
export function isEditing(row) {
  return row.querySelector("[data-notes-form]") !== null;
}

async function open(list, event) {
  event.preventDefault();
  const row = event.target.closest("[data-row]");
  if (isEditing(row)) return;
  try {
    const partial = await getPartial(`${event.target.closest("a").href}?part=form`);
    row.querySelector("[data-notes]").append(partial.querySelector("[data-notes-form]"));
    row.querySelector("[data-notes-text]").hidden = true;
    row.querySelector("textarea").focus();
  } catch (problem) {
    list.say(row, problem.message);
  }
}

function cancel(list, event) {
  event.preventDefault();
  const row = event.target.closest("[data-row]");
  close(row);
  list.load(row.dataset.row);
}

function close(row) {
  row.querySelector("[data-notes-form]").remove();
  row.querySelector("[data-notes-text]").hidden = false;
  row.querySelector("[data-edit-notes]").focus();
}

async function save(list, event) {
  event.preventDefault();
  const row = event.target.closest("[data-row]");
  const text = event.target.elements.notes.value.trim();
  try {
    await send("PATCH", `${list.node.dataset.api}/${row.dataset.row}`, { notes: text || null });
    close(row);
    list.load(row.dataset.row);
  } catch (problem) {
    list.say(row, problem.message);
  }
}

function count(field) {
  field.form.querySelector("[data-counter]").textContent = `${field.value.length} / ${field.maxLength}`;
}
