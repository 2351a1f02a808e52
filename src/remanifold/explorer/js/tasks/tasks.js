// Part 6, challenges: shown as cards, checked by the page; which are solved stands in the address.
import { byId, element, subscripted } from "../look/dom.js";
import { change, onChange, settings } from "../look/settings.js";
import { challenges } from "./list.js";

export function startTasks(parts) {
  const list = challenges(parts);
  const solved = () => new Set(settings.done.split(".").filter((key) => list.some((one) => one.key === key)));

  function card(challenge) {
    const { key, part, title, text, number } = challenge;
    const input = number ? element("input", { type: "text", inputmode: "decimal", id: `answer-${key}`, autocomplete: "off" }) : null;
    const told = element("p", { class: "told", "aria-live": "polite" });
    const button = element("button", { type: "submit" }, number ? "Check" : "Check what I have set");
    const link = element("a", { href: `#part=${part}`, "data-part": part }, "Go there");
    const form = element("form", {}, ...(input ? [element("label", {}, `${number} = `, input)] : []), button, link);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { good, text: reply } = challenge.check(input ? Number(input.value.replace(",", ".")) : undefined);
      told.replaceChildren(...subscripted(`${good ? "✓ Solved. " : "Not yet. "}${reply}`));
      if (good) change({ done: [...solved().add(key)].join(".") });
    });
    return element("article", { class: "card challenge", id: `task-${key}` }, element("h3", {}, title), element("p", {}, text), form, told);
  }

  function refresh() {
    const done = solved();
    for (const { key } of list) byId(`task-${key}`).classList.toggle("solved", done.has(key));
    byId("tasks-count").textContent = `${done.size} of ${list.length} solved`;
  }

  byId("tasks").replaceChildren(...list.map(card));
  onChange((names) => names.includes("done") && refresh());
  refresh();
}
