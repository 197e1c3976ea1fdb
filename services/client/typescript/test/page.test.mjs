// Opens the documentation page of the Continuo with demo data at CONTINUO_URL, searches it, and sends what it shows.
import assert from "node:assert/strict";
import test from "node:test";
import { Window } from "happy-dom";

const origin = process.env.CONTINUO_URL ?? "http://127.0.0.1:8080";
const window = new Window({ url: `${origin}/docs/` });
const { document } = window;
const ownFetch = globalThis.fetch;
Object.assign(globalThis, {
  document, location: window.location, sessionStorage: window.sessionStorage,
  fetch: (url, init) => ownFetch(new URL(url, origin), init),
  addEventListener: window.addEventListener.bind(window), scrollTo() {},
});
document.write(await (await ownFetch(`${origin}/docs/`)).text());
await import("../../../gateway/internal/docs/page/page.mjs");

const $ = (selector) => document.querySelector(selector);
const shownLinks = () => [...document.querySelectorAll("#operations li")].filter((item) => !item.hidden && !item.closest("details").hidden);

function type(control, value) {
  control.value = value;
  control.dispatchEvent(new window.Event("input", { bubbles: true }));
  control.dispatchEvent(new window.Event("change", { bubbles: true }));
}

function open(id) {
  window.location.hash = `#${id}`;
  window.dispatchEvent(new window.Event("hashchange"));
}

/** Sends the form and returns the answer as it is shown. */
async function send() {
  $("form.try").dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
  for (let wait = 0; wait < 200; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if ($("form.try pre[aria-live]").getAttribute("aria-busy") === "false") break;
  }
  return $("form.try pre[aria-live]").textContent;
}

test("the search finds operations by any words", () => {
  const every = shownLinks().length;
  type($("#search"), "put /api/customerrecurring/");
  assert.deepEqual(shownLinks().map((item) => item.querySelector("a").hash), ["#sedonaUpdateCustomerRecurring"]);
  type($("#search"), "no such words");
  assert.equal($("#nothing").hidden, false);
  type($("#search"), "");
  assert.equal(shownLinks().length, every);
});

for (const [id, status] of [["dynamicsUpdateRecurrence", 200], ["sedonaUpdateCustomerRecurring", 204]]) {
  test(`${id} is sent in every media type as it is shown`, async () => {
    open(id);
    assert.equal($("#guide").hidden, true);
    const [contentType] = document.querySelectorAll("form.try select");
    const types = [...contentType.options].map((option) => option.value);
    assert.equal(types.length, 5);
    for (const mediaType of types) {
      type(contentType, mediaType);
      assert.match($("form.try pre").textContent, new RegExp(`Content-Type: ${mediaType}`));
      const answer = await send();
      assert.ok(answer.startsWith(String(status)), `${mediaType}: ${answer}`);
    }
  });
}

test("a request of the native API is sent, and its answer shown", async () => {
  open("subscriptionListSubscriptions");
  const input = [...document.querySelectorAll("form.try label")].find((label) => label.textContent.startsWith("filter")).querySelector("input");
  type(input, 'number = "S60117"');
  assert.match(await send(), /^200[^]*08E04C64110A44FF79F4431E1F4E1765/);
});

test("the fields and answers of every operation can be shown", () => {
  for (const link of document.querySelectorAll("#operations a")) {
    open(link.hash.slice(1));
    assert.ok($("#operation h1").textContent, link.hash);
    for (const details of document.querySelectorAll("#operation .fields details")) details.dispatchEvent(new window.Event("toggle"));
  }
});
