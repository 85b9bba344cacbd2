/* ---- samples: the snippets of an operation, with this server's address and the chosen model ---- */
const connection = { key: "", model: "", embeddingModel: "" };
const listeners = [];
const onConnection = listener => { listeners.push(listener); listener(); };
const connectionChanged = () => listeners.forEach(listener => listener());

const CHAT_MODEL = "llama3.2:1b";
const EMBEDDING_MODEL = "nomic-embed-text";
let language = "curl";

/* Names come from providers: only harmless ones go into code that people paste. */
const harmless = name => /^[\w.:/@+-]+$/.test(name);

function localized(source) {
  let text = source.replaceAll("http://localhost:8080", location.origin);
  if (connection.model && harmless(connection.model)) text = text.replaceAll(CHAT_MODEL, connection.model);
  if (connection.embeddingModel && harmless(connection.embeddingModel)) text = text.replaceAll(EMBEDDING_MODEL, connection.embeddingModel);
  return text;
}

const boxes = [];

function samplesBox(operation) {
  const samples = operation["x-codeSamples"];
  if (!samples) return null;
  const box = el("div", { class: "samples" });
  const variants = [...new Set(samples.map(sample => sample.label))];
  let variant = variants[0];
  function draw() {
    const shown = samples.filter(sample => sample.label === variant);
    const view = tabs("Language", shown.map(sample => ({
      label: sample.lang,
      content: codeBlock(localized(sample.source), "code", `${sample.lang} example`),
    })), {
      selected: Math.max(0, shown.findIndex(sample => sample.lang === language)),
      onselect: (_, index) => {
        language = shown[index].lang;
        boxes.forEach(other => { if (other.box !== box) other.draw(); });
      },
    });
    const choice = variants.length > 1 && el("div", { class: "segments", role: "group", "aria-label": "Kind of example" },
      variants.map(name => el("button", { type: "button", "aria-pressed": String(name === variant), onclick: () => { variant = name; draw(); } }, name)));
    box.replaceChildren(el("div", { class: "samples-head" }, view.list, choice), view.panels);
  }
  boxes.push({ box, draw });
  onConnection(draw);
  return box;
}
