// Starts a behaviour on every node that asks for it and stops it before the node is swapped out.

const behaviours = [];
const running = new Map();

/** Run `start(node)` on each node that matches; what it returns is called before the node goes. */
export function behaviour(selector, start) {
  behaviours.push({ selector, start });
}

/** Start what `root` and its descendants ask for; nodes that already run are left alone. */
export function mount(root) {
  for (const { selector, start } of behaviours) {
    for (const node of matching(root, selector)) begin(node, start);
  }
}

/** Stop what runs inside `root`, and on it too unless only its content goes. */
export function unmount(root, { content = false } = {}) {
  for (const [node, stops] of [...running]) {
    if (!root.contains(node) || (content && node === root)) continue;
    running.delete(node);
    for (const stop of stops.values()) stop?.();
  }
}

function begin(node, start) {
  const started = running.get(node) ?? new Map();
  if (started.has(start)) return;
  running.set(node, started);
  started.set(start, start(node));
}

function matching(root, selector) {
  const found = [...root.querySelectorAll(selector)];
  return root.matches?.(selector) ? [root, ...found] : found;
}
