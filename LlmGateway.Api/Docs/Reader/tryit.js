/* ---- try it: a form that calls this server ---- */
function tryBox(path, method, operation) {
  const isUpload = Boolean(operation.requestBody?.content["multipart/form-data"]);
  const examples = Object.entries(operation.requestBody?.content["application/json"]?.examples ?? {});
  const pathParameter = (operation.parameters ?? []).map(resolve).find(parameter => parameter.in === "path");
  const id = freshId("try");
  const editor = examples.length > 0 ? el("textarea", { id: `${id}-body`, spellcheck: "false" }) : null;
  const preset = examples.length > 1
    ? el("select", { id: `${id}-preset`, onchange: fill }, examples.map(([name, example]) => el("option", { value: name }, example.summary ?? name)))
    : null;
  const parameter = pathParameter ? el("input", { id: `${id}-path`, spellcheck: "false", autocomplete: "off" }) : null;
  const upload = isUpload ? el("input", { id: `${id}-file`, type: "file", required: true }) : null;
  const purpose = isUpload ? el("input", { id: `${id}-purpose`, value: "batch", spellcheck: "false", autocomplete: "off" }) : null;
  const send = el("button", { type: "submit", class: "primary" }, "Send");
  const stop = el("button", { type: "button", class: "stop", hidden: true, onclick: () => abort?.abort() }, "Stop");
  const result = el("div", { class: "result" });
  let abort = null;
  let touched = false;

  function fill() {
    touched = false;
    const chosen = examples.find(([name]) => name === preset?.value) ?? examples[0];
    const body = structuredClone(chosen[1].value);
    if ("model" in body) body.model = (/embedding/i.test(operation.operationId) ? connection.embeddingModel : connection.model) || body.model;
    editor.value = JSON.stringify(body, null, 2);
    editor.rows = Math.min(13, editor.value.split("\n").length + 1);
  }

  editor?.addEventListener("input", () => { touched = true; });
  onConnection(() => {
    if (editor && !touched) fill();
    if (parameter && !parameter.dataset.touched) parameter.value = madeAt(path) || pathParameter.example || "";
  });
  parameter?.addEventListener("input", () => { parameter.dataset.touched = "true"; });

  async function submit(event) {
    event.preventDefault();
    abort = new AbortController();
    send.disabled = true;
    stop.hidden = false;
    const url = pathParameter ? path.replace(`{${pathParameter.name}}`, encodeURIComponent(parameter.value)) : path;
    try {
      await call(url, method, isUpload ? form(upload, purpose) : editor ? editor.value : undefined, operation.security?.length !== 0, result, abort.signal);
    } finally {
      send.disabled = false;
      stop.hidden = true;
    }
  }

  return el("details", { class: "try card" },
    el("summary", {}, "Try it"),
    el("form", { class: "try-form", onsubmit: submit, autocomplete: "off" },
      preset && el("div", {}, el("label", { for: `${id}-preset` }, "Example"), preset),
      parameter && el("div", {}, el("label", { for: `${id}-path` }, pathParameter.name), parameter),
      editor && el("div", {}, el("label", { for: `${id}-body` }, "Request body"), editor),
      upload && el("div", {}, el("label", { for: `${id}-file` }, "file"), upload),
      purpose && el("div", {}, el("label", { for: `${id}-purpose` }, "purpose"), purpose),
      el("div", { class: "row" }, send, stop, operation.security?.length !== 0 && keyHint()),
      result));
}

/* Ids of what was made last, by the path that it was made at: the next box is about that. */
const made = {};
const madeAt = path => path.startsWith("/v1/models/") ? connection.model : made[path.split("/{")[0]];

function form(upload, purpose) {
  const data = new FormData();
  data.append("purpose", purpose.value);
  data.append("file", upload.files[0]);
  return data;
}

function keyHint() {
  const hint = el("a", { class: "hint", href: "#key" }, "No key yet: connect first");
  onConnection(() => { hint.hidden = connection.key !== ""; });
  return hint;
}

async function call(url, method, body, needsKey, target, signal) {
  const view = resultView(target);
  const started = performance.now();
  const headers = {};
  if (needsKey && connection.key) headers.Authorization = `Bearer ${connection.key}`;
  // The browser names a form's own boundary.
  if (body !== undefined && !(body instanceof FormData)) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(url, { method: method.toUpperCase(), headers, body, signal, cache: "no-store", credentials: "omit" });
    view.head(response, performance.now() - started);
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      view.streaming(started);
      const end = await follow(response.body, view);
      if (end.error) view.error(end.error, "The answer broke off. What stands above is not complete.");
      else if (!end.whole) view.error({ message: "The stream ended without [DONE]: what stands above is not complete." });
      else view.done();
    } else {
      const text = await response.text();
      view.document(text, response.ok);
      view.done();
      if (response.ok && method === "post") remember(url, text);
    }
  } catch (problem) {
    if (problem.name === "AbortError") view.stopped();
    else view.error({ message: `No answer: ${problem.message}` });
  }
}

function remember(path, body) {
  try {
    const { id } = JSON.parse(body);
    if (!id) return;
    made[path] = id;
    connectionChanged();
  } catch { /* No document, so nothing has an id. */ }
}

function resultView(target) {
  const facts = el("div", { class: "facts", role: "status" }, "Waiting for the answer…");
  const problem = el("div", { role: "alert" });
  const text = el("pre", { class: "answer", tabindex: "0", role: "region", "aria-label": "Answer" });
  const raw = el("pre", { class: "answer raw", tabindex: "0", role: "region", "aria-label": "Raw answer" });
  const headers = el("pre", { class: "answer raw", tabindex: "0", role: "region", "aria-label": "Response headers" });
  const view = tabs("Answer", [{ label: "Answer", content: text }, { label: "Raw", content: raw }, { label: "Headers", content: headers }]);
  target.replaceChildren(facts, view.list, view.panels, problem);
  view.list.hidden = view.panels.hidden = true;
  const shown = {};
  let chunks = 0;
  let startedAt = 0;
  const tell = () => facts.replaceChildren(...Object.entries(shown).map(([name, value]) =>
    el("span", { class: `fact fact-${name}` }, value)));
  // The answer may lie below the fold of its column, where nobody would see it arrive.
  const reveal = () => requestAnimationFrame(() => target.scrollIntoView({ block: "nearest" }));
  const finish = () => {
    text.classList.remove("live");
    tell();
    reveal();
  };
  return {
    head(response, elapsed) {
      view.list.hidden = view.panels.hidden = false;
      shown[response.ok ? "ok" : "bad"] = `${response.status} ${response.statusText}`.trim();
      shown.time = `${Math.round(elapsed)} ms`;
      headers.textContent = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
      tell();
      reveal();
    },
    streaming(started) {
      startedAt = started;
      text.classList.add("live");
    },
    chunk(piece, usage) {
      if (piece && !shown.first) shown.first = `first text after ${Math.round(performance.now() - startedAt)} ms`;
      shown.chunks = ++chunks === 1 ? "1 chunk" : `${chunks} chunks`;
      if (usage) shown.tokens = `${usage.completion_tokens ?? "?"} tokens written`;
      text.append(piece);
      tell();
    },
    raw(block) { raw.append(`${block}\n\n`); },
    document(body, ok) {
      raw.textContent = body;
      let parsed;
      try { parsed = JSON.parse(body); } catch { text.textContent = body; return; }
      if (!ok && parsed.error) { view.list.hidden = view.panels.hidden = true; this.error(parsed.error); return; }
      const words = textOf(parsed);
      if (words) text.textContent = words;
      else text.replaceChildren(...highlight(JSON.stringify(parsed, null, 2), "json"));
      if (parsed.usage) shown.tokens = `${parsed.usage.total_tokens ?? "?"} tokens`;
    },
    error(error, note) {
      finish();
      if (facts.textContent.startsWith("Waiting")) facts.textContent = "";
      problem.replaceChildren(el("div", { class: "problem" },
        el("p", { class: "problem-message" }, String(error.message ?? "The server reported an error.")),
        note && el("p", {}, note),
        el("p", { class: "problem-codes" }, ["code", "type", "param"].filter(key => error[key]).map(key =>
          el("span", {}, `${key} `, el("code", {}, String(error[key])))))));
    },
    stopped() {
      shown.stopped = "stopped by you";
      finish();
    },
    done() { finish(); },
  };
}
