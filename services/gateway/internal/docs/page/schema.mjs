// Shows schemas as lists of fields. Nested objects open when asked for, because they may contain themselves.
import { element } from "./elements.mjs";
import { resolve } from "./request.mjs";

export function fieldList(api, schema) {
  const [shape] = objects(api, schema);
  if (!shape) return element("p", { class: "soft" }, typeName(api, schema));
  const fields = Object.entries(shape.properties).map(([name, field]) => fieldRow(api, name, field, shape.required?.includes(name)));
  return element("div", { class: "fields" }, ...fields);
}

/** Returns the objects with members that a schema can be, those in arrays and alternatives included. */
function objects(api, schema) {
  const shape = resolve(api, schema);
  if (!shape) return [];
  if (shape.items) return objects(api, shape.items);
  if (shape.oneOf) return shape.oneOf.flatMap((one) => objects(api, one));
  return shape.properties ? [shape] : [];
}

function fieldRow(api, name, field, required) {
  const shape = resolve(api, field);
  const about = [typeName(api, field), required && "required", shape.readOnly && "only in answers", shape.maxLength && `at most ${shape.maxLength} characters`];
  const head = [element("code", {}, name), element("span", { class: "soft" }, ` ${about.filter(Boolean).join(", ")}`)];
  const text = element("div", { class: "text" }, shape.description ?? "");
  if (objects(api, field).length === 0) return element("div", {}, ...head, text);
  const nested = element("details", {}, element("summary", {}, ...head), text);
  nested.addEventListener("toggle", () => nested.append(fieldList(api, field)), { once: true });
  return nested;
}

function typeName(api, schema) {
  const shape = resolve(api, schema) ?? {};
  if (shape.oneOf) return shape.oneOf.map((one) => typeName(api, one)).join(" or ");
  if (shape.items) return `list of ${typeName(api, shape.items)}${[shape.type].flat().includes("null") ? " or null" : ""}`;
  if (shape.enum) return `one of ${shape.enum.filter((value) => value !== null).join(", ")}`;
  return [shape.type ?? "any value"].flat().join(" or ") + (shape.format ? ` (${shape.format})` : "");
}
