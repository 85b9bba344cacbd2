/* ---- page: head, navigation, sections, connection ---- */
/* What is done with a thing in the order in which it is done. */
const ORDER = ["create", "get", "follow", "list", "cancel"];
const GROUPED = ["Jobs"];
const placeOf = ({ path, operation }) => (path.includes("/jobs") ? 0 : 2 * ORDER.length) + (path.startsWith("/v1/embeddings") ? ORDER.length : 0) + ORDER.findIndex(verb => operation.operationId.startsWith(verb));

function operationsOf(tag) {
  const operations = everyOperationOf(tag);
  return GROUPED.includes(tag) ? operations.sort((a, b) => placeOf(a) - placeOf(b)) : operations;
}

function everyOperationOf(tag) {
  return Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods)
    .filter(([method, operation]) => method !== "head" && operation.tags.includes(tag))
    .map(([method, operation]) => ({ path, method, operation })));
}

function buildContent() {
  byId("title").textContent = `${api.info.title} API`;
  byId("summary").textContent = api.info.summary;
  byId("version").textContent = api.info.version;
  byId("intro").append(...markdown(api.info.description));
  for (const tag of api.tags) {
    byId("content").append(
      el("div", { class: "group" }, el("h2", {}, tag.name), el("p", { class: "muted" }, inline(tag.description))),
      ...operationsOf(tag.name).map(({ path, method, operation }) => operationSection(path, method, operation)));
  }
  const codes = Object.values(api.components.responses).flatMap(response => response["x-error-codes"] ?? []);
  byId("content").append(el("section", { class: "group", id: "errors", "aria-label": "Errors" },
    el("h2", {}, "Errors"),
    el("p", { class: "muted" }, inline(api.components.schemas.Error.description)),
    codeTable(codes, true)));
}

function buildNavigation() {
  const link = (href, ...text) => el("li", {}, el("a", { href }, text));
  byId("nav").append(
    el("ul", {}, link("#start", "Start")),
    ...api.tags.map(tag => [
      el("h2", {}, tag.name),
      el("ul", {}, operationsOf(tag.name).map(({ method, operation }) =>
        link(`#${operation.operationId}`, el("span", { class: `dot dot-${method}`, "aria-hidden": "true" }), operation.summary))),
    ]).flat(),
    el("h2", {}, "Reference"),
    el("ul", {}, link("#errors", "Errors")));

  const menu = byId("menu");
  const show = open => {
    menu.setAttribute("aria-expanded", String(open));
    document.body.classList.toggle("menu-open", open);
  };
  menu.addEventListener("click", () => show(menu.getAttribute("aria-expanded") !== "true"));
  byId("nav").addEventListener("click", event => { if (event.target.closest("a")) show(false); });
  document.addEventListener("keydown", event => { if (event.key === "Escape") show(false); });

  // The entry of the section that is being read.
  const links = new Map([...byId("nav").querySelectorAll("a")].map(a => [a.getAttribute("href").slice(1), a]));
  const seen = new IntersectionObserver(entries => {
    for (const entry of entries.filter(e => e.isIntersecting)) {
      links.forEach((a, id) => id === entry.target.id ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current"));
      showInNavigation(links.get(entry.target.id));
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  links.forEach((_, id) => seen.observe(byId(id)));
}

/* Scrolls the list of sections alone: the page stays where the reader is. */
function showInNavigation(link) {
  const nav = byId("nav");
  const [entry, frame] = [link.getBoundingClientRect(), nav.getBoundingClientRect()];
  if (entry.top < frame.top) nav.scrollTop += entry.top - frame.top;
  else if (entry.bottom > frame.bottom) nav.scrollTop += entry.bottom - frame.bottom;
}

async function connect(event) {
  event.preventDefault();
  const state = byId("connect-state");
  const select = byId("model");
  const key = byId("key").value.trim();
  const fail = message => {
    connection.key = "";
    state.className = "connect-state bad";
    state.textContent = message;
    connectionChanged();
  };
  state.className = "connect-state";
  state.textContent = "Asking for the models…";
  try {
    const response = await fetch("/v1/models", { headers: { Authorization: `Bearer ${key}` }, cache: "no-store", credentials: "omit" });
    const document = await response.json();
    if (!response.ok) return fail(document.error.message);
    connection.key = key;
    const names = document.data.map(model => model.id);
    const isEmbedding = name => /embed/i.test(name);
    connection.embeddingModel = names.find(isEmbedding) ?? names[0] ?? "";
    connection.model = names.find(name => !isEmbedding(name)) ?? names[0] ?? "";
    select.replaceChildren(...names.map(name => el("option", { value: name, selected: name === connection.model }, name)));
    select.disabled = names.length === 0;
    state.className = "connect-state good";
    state.textContent = names.length === 1 ? "Connected. One model is served." : `Connected. ${names.length} models are served.`;
    connectionChanged();
  } catch (problem) {
    fail(`No answer: ${problem.message}`);
  }
}

async function showHealth() {
  const badge = byId("health");
  try {
    const ready = await (await fetch("/health/ready", { cache: "no-store", credentials: "omit" })).json();
    badge.className = `health health-${ready.status}`;
    badge.textContent = ready.status.replace("_", " ");
    const why = Object.values(ready.checks).map(check => check.description).filter(Boolean).join(" ");
    if (why) badge.title = why;
  } catch {
    badge.className = "health health-not_ready";
    badge.textContent = "no answer";
  }
}

buildContent();
buildNavigation();
byId("connect").addEventListener("submit", connect);
byId("model").addEventListener("change", event => {
  connection.model = event.target.value;
  if (/embed/i.test(connection.model)) connection.embeddingModel = connection.model;
  connectionChanged();
});
showHealth();
// The sections did not exist yet when the browser looked for the address's fragment.
if (location.hash) byId(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
