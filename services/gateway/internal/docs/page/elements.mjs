// Makes elements. Text is always text: nothing of the document is read as HTML.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (attribute === "search") made.dataset.search = value;
    else if (attribute === "value") made.value = value;
    else if (value === true) made.setAttribute(attribute, "");
    else if (value !== false) made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

export function select(values) {
  return element("select", {}, ...values.map((value) => element("option", {}, value)));
}
