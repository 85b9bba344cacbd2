/* ---- dom: everything is built from text nodes, nothing from markup strings ---- */
function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  append(node, children);
  return node;
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== undefined && child !== null && child !== false && child !== "") node.append(child);
  }
}

const byId = id => document.getElementById(id);
let counter = 0;
const freshId = prefix => `${prefix}-${++counter}`;

/* Tabs after the ARIA pattern: arrows move, only the chosen tab is in the tab order. */
function tabs(label, items, { onselect, selected = 0 } = {}) {
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": label });
  const panels = el("div", { class: "panels" });
  const buttons = items.map((item, index) => {
    const id = freshId("tab");
    const panel = el("div", { role: "tabpanel", id: `${id}-panel`, "aria-labelledby": id, tabindex: "0", class: "panel" }, item.content);
    const button = el("button", { type: "button", role: "tab", id, "aria-controls": panel.id, onclick: () => select(index, true) }, item.label);
    button.addEventListener("keydown", event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = (index + step + items.length) % items.length;
      select(next, true);
      buttons[next].focus();
    });
    list.append(button);
    panels.append(panel);
    return button;
  });
  function select(index, byUser) {
    buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", String(at === index));
      button.tabIndex = at === index ? 0 : -1;
      panels.children[at].hidden = at !== index;
    });
    if (byUser && onselect) onselect(items[index], index);
  }
  select(Math.min(selected, items.length - 1), false);
  return { list, panels, select };
}

function copyButton(text) {
  const button = el("button", { type: "button", class: "copy", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select and copy";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  } }, "Copy");
  return button;
}
