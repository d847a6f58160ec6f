// Opens the shell's dialogs, asks for confirmation, and closes menus that the user has left.

/** Wire every `data-open` button, sign-out notices and menus. */
export function start() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open).showModal();
    closeMenus(event.target);
    if (event.target.matches("dialog[open]")) closeOnBackdrop(event);
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && leaveMenu(event));
  document.addEventListener("coach:signed-out", showSignedOut);
  document.addEventListener("submit", (event) => {
    if (event.target.querySelector("[data-sign-out]")) sessionStorage.clear();
  });
}

/** Ask a question; resolves to true only when the user agrees. */
export function confirm({ title, text, yes }) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("#confirm-title").textContent = title;
  dialog.querySelector("#confirm-text").textContent = text;
  dialog.querySelector("[value=yes]").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  dialog.querySelector("[value=no]").focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function showSignedOut() {
  const dialog = document.getElementById("signed-out");
  const link = dialog.querySelector("[data-sign-in-link]");
  const back = encodeURIComponent(location.pathname + location.search);
  link.href = `${document.documentElement.dataset.signIn.split("?")[0]}?next=${back}`;
  if (!dialog.open) dialog.showModal();
}

function closeOnBackdrop(event) {
  const box = event.target.getBoundingClientRect();
  const inside = event.clientY >= box.top && event.clientY <= box.bottom && event.clientX >= box.left && event.clientX <= box.right;
  if (!inside) event.target.close();
}

function closeMenus(target) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
}

function leaveMenu(event) {
  const menu = event.target.closest("details.menu[open]") ?? document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}
