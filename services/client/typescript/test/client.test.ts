// These tests call a Continuo with demo data at CONTINUO_URL.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { all, type Change, ContinuoError, createClient, watch } from "../src/index.js";

const baseUrl = process.env.CONTINUO_URL ?? "http://127.0.0.1:8080";
const api = createClient({ baseUrl });

test("finds a subscription by its number", async () => {
  const { data } = await api.GET("/subscription/v1/subscriptions", { params: { query: { filter: 'number = "S60117"' } } });
  assert.equal(data?.subscriptions[0]?.state, "LIFE_CYCLE_STATE_EFFECTIVE");
});

test("pages through a list", async () => {
  const list = (pageToken: string) => api.GET("/recurring-billing/v1/items", { params: { query: { pageSize: 2, pageToken } } });
  const codes: string[] = [];
  for await (const item of all(list, (page) => page.items)) codes.push(item.name ?? "");
  assert.ok(codes.includes("items/RMR-MON") && codes.includes("items/RMR-FIRE") && codes.length >= 6, codes.join());
});

test("creates once, corrects, and follows the changes", async () => {
  const item = { description: "Door contol", taxable: true };
  const once = { params: { query: { itemId: "RMR-DOOR" }, header: { "Idempotency-Key": "door" } }, body: item };
  const created = await api.POST("/recurring-billing/v1/items", once);
  const again = await api.POST("/recurring-billing/v1/items", once);
  assert.deepEqual(again.data, created.data);
  const { data: corrected } = await api.PATCH("/recurring-billing/v1/items/{item}", {
    params: { path: { item: "RMR-DOOR" }, query: { updateMask: "description" } }, body: { description: "Door control" },
  });
  assert.equal(corrected?.description, "Door control");
  const seen: Change[] = [];
  for await (const change of watch({ baseUrl }, { service: "recurring-billing", resource: "items/RMR-DOOR" })) {
    seen.push(change);
    if (seen.length === 2) break;
  }
  assert.deepEqual(seen.map((change) => change.kind), ["KIND_CREATED", "KIND_UPDATED"]);
});

test("tells why a request was refused", async () => {
  const { error, response } = await api.GET("/recurring-billing/v1/items/{item}", { params: { path: { item: "NONE" } } });
  assert.equal(response.status, 404);
  assert.ok(error && "code" in error);
  assert.equal(new ContinuoError(error).reason, "NOT_FOUND");
});

test("changes a line as the vendor's clients do", async () => {
  const { response } = await api.PUT("/api/customerrecurring/{id}", {
    params: { path: { id: 3 } }, body: { ItemCode: "RMR-MON", BillCycle: "Q" },
  });
  assert.equal(response.status, 204);
});

test("resumes a watch, and repeats a request with its key", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers["idempotency-key"] ?? ""}`);
    if (request.method === "POST") response.writeHead(asked.length < 2 ? 503 : 200, { "Content-Type": "application/json" }).end("{}");
    else response.writeHead(200).end(`{"result":{"token":"t${asked.length}","change":{"resource":"items/${asked.length}"}}}\n`);
  }).listen(0);
  const flaky = { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  try {
    await createClient(flaky).POST("/recurring-billing/v1/items", { params: { query: { itemId: "A" } }, body: { description: "a" } });
    assert.equal(asked[0], asked[1]);
    assert.match(asked[0] ?? "", / [0-9a-z-]{24,}$/);
    asked.length = 0;
    for await (const change of watch(flaky, { service: "subscription" })) if (change.resource === "items/3") break;
    assert.deepEqual(asked.map((line) => line.trim().split("?")[1] ?? ""), ["", "after=t1", "after=t2"]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
