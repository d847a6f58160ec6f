// The chart's switches and buttons; each switch is kept on the account at once.

import { send } from "../http.js";
import { toast } from "../toast.js";

/** The overlays that are on, as the page was rendered and as switched since. */
export class Switches {
  constructor(node) {
    this.node = node;
    this.boxes = new Map([...node.querySelectorAll("[data-overlay]")].map((box) => [box.dataset.overlay, box]));
  }

  on(name) {
    return this.boxes.get(name)?.checked ?? false;
  }

  press(name) {
    this.boxes.get(name).click();
  }

  bind(draw) {
    for (const [name, box] of this.boxes) {
      box.addEventListener("change", () => {
        draw();
        this.keep(name, box, draw);
      });
    }
  }

  async keep(name, box, draw) {
    if (!this.node.dataset.prefsApi) return;
    const body = box.dataset.group === "indicators" ? { chart_indicators: { [name]: box.checked } } : { ui: { chart: this.others() } };
    try {
      await send("PATCH", this.node.dataset.prefsApi, body);
    } catch (problem) {
      box.checked = !box.checked;
      draw();
      toast({ text: "The overlay could not be saved", detail: problem.message, token: "warn" });
    }
  }

  others() {
    const others = [...this.boxes].filter(([, box]) => box.dataset.group !== "indicators");
    return Object.fromEntries(others.map(([name, box]) => [name, box.checked]));
  }
}

/** Save what the chart shows as a picture. */
export function snapshot(chart, name) {
  chart.takeScreenshot(true).toBlob((picture) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(picture);
    link.download = `${name}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}
