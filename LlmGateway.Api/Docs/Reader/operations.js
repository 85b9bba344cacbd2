/* ---- operations: one section per endpoint ---- */
function operationSection(path, method, operation) {
  const open = operation.security?.length === 0;
  const request = Object.values(operation.requestBody?.content ?? {})[0];
  const parameters = (operation.parameters ?? []).map(resolve).filter(parameter => parameter.name !== "x-request-id");
  return el("section", { class: "op", id: operation.operationId, "aria-labelledby": `${operation.operationId}-title` },
    el("div", { class: "op-text op-intro" },
      el("h3", { id: `${operation.operationId}-title` }, operation.summary),
      el("p", { class: "op-line" },
        el("span", { class: `method method-${method}` }, method.toUpperCase()),
        el("code", { class: "path" }, path),
        open && el("span", { class: "open" }, "no key needed")),
      el("div", { class: "prose" }, markdown(operation.description))),
    el("div", { class: "op-side" }, samplesBox(operation), tryBox(path, method, operation)),
    el("div", { class: "op-text op-detail" },
      parameters.length > 0 && el("div", {}, el("h4", {}, "Parameters"), parameterList(parameters)),
      request && el("div", {}, el("h4", {}, "Request body"), el("p", { class: "muted" }, inline(resolve(request.schema).description ?? "")), fields(request.schema, { request: true })),
      el("h4", {}, "Responses"),
      Object.entries(operation.responses).sort(byStatus).map(([status, response]) => responseDetails(status, resolve(response)))));
}

const byStatus = ([a], [b]) => a.replace("XX", "99").localeCompare(b.replace("XX", "99"));

function parameterList(parameters) {
  return el("ul", { class: "fields" }, parameters.map(parameter => el("li", { class: "field" },
    el("div", { class: "field-head" },
      el("code", { class: "field-name" }, parameter.name),
      el("span", { class: "field-type" }, `${typeText(parameter.schema)} in ${parameter.in}`),
      parameter.required && el("span", { class: "required" }, "required")),
    el("div", { class: "field-text" }, inline(parameter.description)))));
}

function responseDetails(status, response) {
  const bodies = Object.entries(response.content ?? {});
  const kind = status.startsWith("2") ? "good" : status.startsWith("3") ? "same" : "bad";
  return el("details", { class: "response" },
    el("summary", {}, el("span", { class: `status status-${kind}` }, status), el("span", {}, inline(firstSentence(response.description)))),
    el("div", { class: "response-body" },
      restOf(response.description) && el("div", { class: "prose" }, markdown(restOf(response.description))),
      response["x-error-codes"] && codeTable(response["x-error-codes"], false),
      headerList(response.headers),
      bodies.map(([type, body]) => bodyDetails(type, body, bodies.length > 1))));
}

function bodyDetails(type, body, titled) {
  const schema = resolve(body.schema);
  const event = schema["x-event-schema"];
  return el("div", { class: "body" },
    titled && el("h5", {}, el("code", {}, type)),
    schema.type === "string" && schema.description && el("div", { class: "prose" }, markdown(schema.description)),
    fields(event ?? body.schema),
    body.example !== undefined && codeBlock(
      typeof body.example === "string" ? body.example.trimEnd() : JSON.stringify(body.example, null, 2), "json", `Example of ${type}`));
}

function headerList(headers) {
  const entries = Object.entries(headers ?? {});
  if (entries.length === 0) return null;
  return el("div", {}, el("h5", {}, "Headers"), el("ul", { class: "fields" }, entries.map(([name, header]) => el("li", { class: "field" },
    el("div", { class: "field-head" }, el("code", { class: "field-name" }, name)),
    el("div", { class: "field-text" }, inline(resolve(header).description ?? ""))))));
}

const firstSentence = text => /^[^]*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
const restOf = text => text.slice(firstSentence(text).length).trim();

function codeTable(codes, withStatus) {
  return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Error codes" }, el("table", {},
    el("thead", {}, el("tr", {}, withStatus && el("th", { scope: "col" }, "Status"), el("th", { scope: "col" }, "Code"), el("th", { scope: "col" }, "When"))),
    el("tbody", {}, codes.map(entry => el("tr", {},
      withStatus && el("td", {}, el("span", { class: "status status-bad" }, String(entry.status))),
      el("td", {}, el("code", {}, entry.code)),
      el("td", {}, inline(entry.when)))))));
}
