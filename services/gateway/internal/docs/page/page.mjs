// The page: the list of operations with its search, and an operation with its form.
import { buildRequest, curl, exampleText, operations, resolve } from "./request.mjs";
import { fieldList } from "./schema.mjs";
import { element, select } from "./elements.mjs";

const $ = (id) => document.getElementById(id);
const api = await (await fetch("/openapi.json")).json();
const all = operations(api);

function showList() {
  for (const section of document.querySelectorAll("#guide section")) {
    const link = element("a", { href: `#${section.id}` }, section.querySelector("h2").textContent);
    $("guide-links").append(element("li", {}, link));
  }
  for (const tag of api.tags) {
    const links = all.filter((operation) => operation.tags[0] === tag.name).map((operation) =>
      element("li", { search: searchText(operation) }, element("a", { href: `#${operation.operationId}` }, method(operation), operation.summary)));
    if (links.length) $("operations").append(element("details", {}, element("summary", {}, tag.name), element("ul", {}, ...links)));
  }
}

function searchText({ path, method, summary, description, operationId, tags }) {
  return `${method} ${path} ${operationId} ${summary} ${description ?? ""} ${tags}`.toLowerCase();
}

function method(operation) {
  return element("span", { class: `method ${operation.method}` }, operation.method);
}

function search() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const group of document.querySelectorAll("#operations details")) {
    let inGroup = 0;
    for (const item of group.querySelectorAll("li")) {
      item.hidden = !words.every((word) => item.dataset.search.includes(word));
      inGroup += item.hidden ? 0 : 1;
    }
    group.hidden = inGroup === 0;
    group.open = words.length > 0 && inGroup > 0;
    found += inGroup;
  }
  $("nothing").hidden = found > 0;
  $("nav").classList.toggle("open", words.length > 0);
}

function route() {
  const id = decodeURIComponent(location.hash.slice(1));
  const operation = all.find((candidate) => candidate.operationId === id);
  $("guide").hidden = Boolean(operation);
  $("operation").hidden = !operation;
  for (const link of document.querySelectorAll("nav a")) link.toggleAttribute("aria-current", link.hash === location.hash);
  if (operation) showOperation(operation);
  else if (id) document.getElementById(id)?.scrollIntoView();
  $("nav").classList.remove("open");
}

function showOperation(operation) {
  const parameters = (operation.parameters ?? []).map((parameter) => resolve(api, parameter));
  $("operation").replaceChildren(
    element("p", {}, element("a", { href: "#" }, "Guide"), ` / ${operation.tags[0]}`),
    element("h1", {}, operation.summary),
    element("p", { class: "path" }, method(operation), operation.path),
    element("p", { class: "text" }, operation.description ?? ""),
    parameters.length ? parameterTable(parameters) : "",
    ...bodyFields(operation), form(operation, parameters), ...answers(operation));
  scrollTo(0, 0);
  document.title = `${operation.summary} - Continuo`;
}

function parameterTable(parameters) {
  const rows = parameters.map(({ name, in: place, required, description }) => element("tr", {},
    element("td", {}, element("code", {}, name)), element("td", {}, place + (required ? ", required" : "")), element("td", { class: "text" }, description ?? "")));
  return element("section", {}, element("h2", {}, "Parameters"), element("table", {}, ...rows));
}

function bodyFields(operation) {
  const content = operation.requestBody?.content;
  if (!content) return [];
  const [first] = Object.values(content);
  return [element("h2", {}, "Body"), element("p", { class: "text" }, operation.requestBody.description ?? ""), fieldList(api, first.schema)];
}

function form(operation, parameters) {
  const inputs = Object.fromEntries(parameters.map((parameter) => [parameter.name, element("input", { value: parameter.example ?? "", autocomplete: "off" })]));
  const types = Object.keys(operation.requestBody?.content ?? {});
  const answered = Object.keys(Object.entries(operation.responses).find(([status]) => status.startsWith("2"))?.[1].content ?? {});
  const type = select(types), accept = select(answered), body = element("textarea", { spellcheck: "false", rows: 12 });
  const key = element("input", { type: "password", autocomplete: "off", value: sessionStorage.getItem("key") ?? "" });
  const result = element("pre", { hidden: true, "aria-live": "polite" }), command = element("pre", {});
  const current = () => buildRequest(operation, parameters, {
    values: Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value])),
    body: body.value, type: type.value, accept: accept.value, key: key.value,
  });
  const showCommand = () => { command.textContent = curl(location.origin, current()); };
  const showExample = () => { body.value = exampleText(type.value, operation.requestBody?.content[type.value]?.example ?? {}); showCommand(); };
  type.addEventListener("change", showExample);
  const send = element("button", { type: "submit" }, "Send");
  const box = element("form", { class: "try" }, element("h2", {}, "Try it"),
    ...parameters.map(({ name, in: place }) => element("label", {}, element("span", {}, `${name} (${place})`), inputs[name])),
    ...(types.length ? [labelled("Content-Type", type), labelled("Body", body)] : []),
    ...(answered.length > 1 ? [labelled("Accept", accept)] : []),
    ...(operation.security?.length ? [labelled("API key, if one is needed", key)] : []),
    send, element("h3", {}, "The same with curl"), command, result);
  box.addEventListener("input", showCommand);
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem("key", key.value);
    sendRequest(current(), result);
  });
  if (types.length) showExample(); else showCommand();
  return box;
}

function labelled(text, control) {
  return element("label", {}, element("span", {}, text), control);
}

/** Sends a request and shows the answer as it comes; of a stream at most ten seconds. */
async function sendRequest({ url, ...request }, result) {
  result.hidden = false;
  result.setAttribute("aria-busy", "true");
  result.textContent = "...";
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(10_000) });
    result.textContent = `${response.status} ${response.statusText}\n${[...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n`;
    if (/pdf|octet/.test(response.headers.get("Content-Type") ?? "")) { result.textContent += "(a file)"; return; }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) result.textContent += part.value;
  } catch (error) {
    result.textContent += error.name === "TimeoutError" ? "\n(the stream goes on)" : `\n${error.message}`;
  } finally {
    result.setAttribute("aria-busy", "false");
  }
}

function answers(operation) {
  return [element("h2", {}, "Answers"), ...Object.entries(operation.responses).map(([status, answer]) => {
    const content = Object.entries(answer.content ?? {});
    const examples = content.filter(([, media]) => media.example !== undefined)
      .filter(([, media], i, list) => list.findIndex(([, other]) => JSON.stringify(other.example) === JSON.stringify(media.example)) === i)
      .flatMap(([type, media]) => [element("p", { class: "soft" }, type), element("pre", {}, exampleText(type, media.example))]);
    return element("details", { open: status.startsWith("2") }, element("summary", {}, element("strong", {}, status), ` ${answer.description ?? ""}`),
      ...examples, content.length ? fieldList(api, content[0][1].schema) : "");
  })];
}

showList();
$("search").addEventListener("input", search);
$("menu").addEventListener("click", () => $("nav").classList.toggle("open"));
addEventListener("hashchange", route);
route();
