/* ---- schema: JSON Schema as lists of fields ---- */
const api = JSON.parse(byId("openapi").textContent);

function resolve(node) {
  if (!node?.$ref) return node ?? {};
  const target = node.$ref.slice(2).split("/").reduce((at, key) => at[key.replaceAll("~1", "/").replaceAll("~0", "~")], api);
  const { $ref, ...rest } = node;
  return { ...resolve(target), ...rest };
}

/* In requests null means the same as leaving a field out; saying so on every line would only be noise. */
function typeText(schema, hideNull) {
  const s = resolve(schema);
  if (s.anyOf) return s.anyOf.map(part => typeText(part, hideNull)).join(" or ");
  if ("const" in s) return JSON.stringify(s.const);
  const types = [s.type ?? "any"].flat().filter(type => !hideNull || type !== "null").map(type => {
    if (type !== "array") return type;
    const items = s.items ? typeText(s.items, hideNull) : "any";
    return items.includes(" or ") ? `array of (${items})` : `array of ${items}`;
  });
  return types.join(" or ");
}

function limits(schema) {
  const s = resolve(schema);
  const out = [];
  if (s.minimum !== undefined && s.maximum !== undefined) out.push(`${s.minimum} to ${s.maximum}`);
  else if (s.minimum !== undefined) out.push(`at least ${s.minimum}`);
  else if (s.maximum !== undefined) out.push(`at most ${s.maximum}`);
  if (s.minItems) out.push(s.minItems === 1 ? "not empty" : `at least ${s.minItems} items`);
  if (s.enum) out.push(s.enum.filter(value => value !== null).map(value => JSON.stringify(value)).join(", "));
  if (s.default !== undefined) out.push(`default ${JSON.stringify(s.default)}`);
  return out.join(" · ");
}

/* The object whose fields are worth unfolding: the schema itself, an array's items, or one of several alternatives. */
function inner(schema) {
  const s = resolve(schema);
  if (s.properties) return s;
  if (s.items) return inner(s.items);
  if (s.anyOf) return s.anyOf.map(inner).find(Boolean);
  return s.additionalProperties?.properties ? s.additionalProperties : undefined;
}

function fields(schema, { request = false, depth = 0 } = {}) {
  const s = inner(schema);
  if (!s) return null;
  const required = new Set(s.required ?? []);
  return el("ul", { class: "fields" }, Object.entries(s.properties).map(([name, property]) => {
    const p = resolve(property);
    const nested = depth < 6 && inner(property);
    const note = limits(property);
    return el("li", { class: "field" },
      el("div", { class: "field-head" },
        el("code", { class: "field-name" }, name),
        el("span", { class: "field-type" }, typeText(property, request)),
        required.has(name) && el("span", { class: "required" }, "required")),
      note && el("div", { class: "field-limits" }, note),
      p.description && el("div", { class: "field-text" }, inline(p.description)),
      nested && el("details", { class: "nested" }, el("summary", {}, `Fields of ${name}`), fields(property, { request, depth: depth + 1 })));
  }));
}
