// Builds requests from what the forms of the page hold. Nothing here needs a browser, so that tests can use it.

export const formType = "application/x-www-form-urlencoded";

/** Resolves a reference within the document. */
export function resolve(document, value) {
  while (value?.$ref) {
    const target = value.$ref.slice(2).split("/").reduce((at, part) => at?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], document);
    value = { ...target, ...Object.fromEntries(Object.entries(value).filter(([name]) => name !== "$ref")) };
  }
  return value;
}

/** Returns all operations in the order of the document's tags. */
export function operations(document) {
  const order = document.tags.map((tag) => tag.name);
  return Object.entries(document.paths)
    .flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })))
    .sort((a, b) => order.indexOf(a.tags[0]) - order.indexOf(b.tags[0]) || a.path.localeCompare(b.path));
}

/** Returns the text of an example, as it is edited: JSON indented, a form with one key=value on each line. */
export function exampleText(type, example) {
  if (example === undefined) return "";
  if (type === formType && typeof example === "object") return Object.entries(example).map(([key, value]) => `${key}=${value}`).join("\n");
  return typeof example === "string" ? example : JSON.stringify(example, null, 2);
}

/** Returns the request that a form describes: values by parameter name, the body as edited, and the media types. */
export function buildRequest(operation, parameters, { values, body, type, accept, key }) {
  let path = operation.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const { name, in: place } of parameters) {
    const value = values[name] ?? "";
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (value !== "" && place === "query") query.append(name, value);
    else if (value !== "" && place === "header") headers[name] = value;
  }
  if (accept) headers.Accept = accept;
  if (key) headers.Authorization = `Bearer ${key}`;
  const request = { method: operation.method.toUpperCase(), url: path + (query.size ? `?${query}` : ""), headers };
  if (operation.requestBody) {
    headers["Content-Type"] = type;
    request.body = type === formType ? formBody(body) : body;
  }
  return request;
}

function formBody(text) {
  const form = new URLSearchParams();
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    const [key, ...value] = line.split("=");
    form.append(key.trim(), value.join("="));
  }
  return form.toString();
}

/** Returns a request as a command for a shell. */
export function curl(origin, { method, url, headers, body }) {
  const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const lines = [`curl -X ${method} ${quoted(origin + url)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) lines.push(`-d ${quoted(body)}`);
  return lines.join(" \\\n  ");
}
