/* ---- stream: server-sent events of an answer, as they arrive ---- */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      rest += value;
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop();
      for (const block of blocks) {
        const data = block.split(/\r?\n/).filter(line => line.startsWith("data:")).map(line => line.slice(5).trimStart());
        yield { raw: block, data: data.length ? data.join("\n") : null };
      }
    }
  } finally {
    reader.releaseLock();
  }
  if (rest.trim()) yield { raw: rest, data: null };
}

/* What a chunk adds to the text that a reader sees. */
function textOf(document) {
  if (typeof document.chunk === "string") return document.chunk;
  return (document.choices ?? []).map(choice => {
    const part = choice.delta ?? choice.message ?? {};
    const calls = (part.tool_calls ?? []).map(call =>
      `${call.function?.name ? `${call.function.name} ` : ""}${call.function?.arguments ?? ""}`).join("");
    return [choice.text, part.content, calls].filter(text => typeof text === "string").join("");
  }).join("");
}

/* Reads a stream to its end; says whether it was a whole answer. */
async function follow(body, view) {
  let whole = false;
  for await (const event of events(body)) {
    view.raw(event.raw);
    if (event.data === null) continue;
    if (event.data === "[DONE]") {
      whole = true;
      continue;
    }
    const document = JSON.parse(event.data);
    if (document.error) return { whole: false, error: document.error };
    view.chunk(textOf(document), document.usage);
  }
  return { whole };
}
