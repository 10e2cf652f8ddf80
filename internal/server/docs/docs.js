"use strict";

// Shows openapi.json: a section for each tag, an entry for each route, a row for each field.

const element = (name, text, ...children) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
};

const resolved = (schema, all) =>
  schema && schema.$ref ? all[schema.$ref.split("/").pop()] : schema || {};

const typeOf = (schema, all) => {
  const what = resolved(schema, all);
  const kinds = [].concat(what.type || (what.oneOf || []).map((one) => typeOf(one, all)) || []);
  if (kinds.includes("array")) return "list of " + typeOf(what.items, all);
  return kinds.join(" or ") || "any";
};

const bounds = (schema) =>
  [
    schema.enum && "one of " + schema.enum.join(", "),
    schema.minimum !== undefined && "from " + schema.minimum,
    schema.maximum !== undefined && "to " + schema.maximum,
    schema.minLength && "at least " + schema.minLength + " characters",
    schema.maxLength && "at most " + schema.maxLength + " characters",
    schema.minItems && "at least " + schema.minItems,
  ].filter(Boolean).join(", ");

const row = (name, schema, required, all, description) => {
  const what = resolved(schema, all);
  const said = [required && "required", description || schema.description || what.description, bounds(what)];
  return element("tr", "", element("td", name), element("td", typeOf(schema, all)), element("td", said.filter(Boolean).join("; ")));
};

// fields are the rows of an object and of the objects in it; those of a kind that is shown already
// are left out, so that what holds itself comes to an end.
const fields = (schema, all, before = "", above = []) => {
  let what = resolved(schema, all);
  if (what.type === "array" || (what.type || []).includes?.("array")) {
    before += "[].";
    what = resolved(what.items, all);
  }
  if (above.includes(what)) return [];
  return Object.entries(what.properties || {}).flatMap(([name, one]) => [
    row(before + name, one, (what.required || []).includes(name), all),
    ...fields(one, all, before + name + ".", [...above, what]).filter(() => above.length < 4),
  ]);
};

const table = (title, rows) =>
  rows.length ? [element("h3", title), element("table", "", ...rows)] : [];

const body = (content, all) => {
  const schema = content && content["application/json"] && content["application/json"].schema;
  return schema ? fields(schema, all) : [];
};

const route = (method, path, op, all) => {
  const parameters = (op.parameters || []).map((p) =>
    row(p.name + " (" + p.in + ")", p.schema || {}, p.required, all, p.description));
  const shown = element("details", "",
    element("summary", "", element("b", method.toUpperCase()), path),
    element("p", (op.security ? "Authorization: Bearer, and an access token. " : "") + (op.description || "").replaceAll("`", "")),
    ...table("Parameters", parameters),
    ...table("Body", body(op.requestBody && op.requestBody.content, all)),
    ...table("Answer, status 200", body(op.responses["200"] && op.responses["200"].content, all)));
  shown.dataset.text = (method + " " + path).toLowerCase();
  return shown;
};

const show = (described) => {
  const all = described.components.schemas;
  const sections = new Map();
  for (const [path, item] of Object.entries(described.paths)) {
    for (const method of ["get", "post", "patch", "delete"]) {
      if (!item[method]) continue;
      const tag = item[method].tags[0];
      if (!sections.has(tag)) sections.set(tag, element("section", "", element("h2", tag)));
      sections.get(tag).append(route(method, path, item[method], all));
    }
  }
  const refusal = element("section", "", element("h2", "Refusals"), element("table", "", ...fields(all.Error, all)));
  document.getElementById("about").prepend(described.info.description + " ");
  document.getElementById("routes").replaceChildren(...[...sections.keys()].sort().map((tag) => sections.get(tag)), refusal);
  document.getElementById("find").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const shown of document.querySelectorAll("details")) shown.hidden = !shown.dataset.text.includes(wanted);
  });
};

fetch("/openapi.json")
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => document.getElementById("routes").append(element("p", "openapi.json cannot be shown: " + error)));
