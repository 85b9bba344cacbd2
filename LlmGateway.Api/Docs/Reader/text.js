/* ---- text: the little Markdown that descriptions use, and code with colours ---- */
function markdown(text) {
  return text.split(/\n{2,}/).map(block => {
    const lines = block.split("\n");
    return lines.every(line => line.startsWith("- "))
      ? el("ul", {}, lines.map(line => el("li", {}, inline(line.slice(2)))))
      : el("p", {}, inline(block));
  });
}

function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map(part =>
    part.startsWith("`") ? el("code", {}, part.slice(1, -1))
      : part.startsWith("**") ? el("strong", {}, part.slice(2, -2))
        : part);
}

const TOKENS = {
  json: /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g,
  code: /((?<!\S)(?:\/\/|#(?=[ :])).*)|("""[\s\S]*?"""|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)|\b(import|from|const|let|var|await|async|for|of|foreach|in|new|using|if|print|return|true|false|True|False|null|None|curl)\b/g,
};

/* A coloured copy of the text; the text itself never changes. */
function highlight(text, language) {
  const out = [];
  const json = language === "json";
  let at = 0;
  for (const match of text.matchAll(json ? TOKENS.json : TOKENS.code)) {
    const kind = json
      ? match[1] ? (match[2] ? "t-key" : "t-str") : "t-lit"
      : match[1] ? "t-com" : match[2] ? "t-str" : "t-lit";
    const piece = json && match[1] ? match[1] : match[0];
    out.push(text.slice(at, match.index), el("span", { class: kind }, piece));
    at = match.index + piece.length;
  }
  out.push(text.slice(at));
  return out;
}

function codeBlock(text, language, label) {
  const code = el("code", {}, highlight(text, language));
  return el("div", { class: "code" },
    copyButton(() => text),
    el("pre", { tabindex: "0", role: "region", "aria-label": label }, code));
}
