// A client of Continuo's REST API. Paths, parameters and answers are typed by the OpenAPI document.
import createFetchClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./api.js";

export type { components, paths } from "./api.js";

/** One entry of the change feed. */
export type Change = components["schemas"]["continuo.changes.v1.Change"];

/** Where Continuo is, and who calls. */
export interface Options {
  /** The gateway, such as `https://billing.example.com`. */
  baseUrl: string;
  /** An API key. */
  key?: string;
}

/** A refusal of the native API. */
export class ContinuoError extends Error {
  constructor(readonly status: components["schemas"]["google.rpc.Status"]) {
    super(status.message);
  }

  /** The stable reason, such as NOT_FOUND. */
  get reason(): string | undefined {
    const info = (this.status.details ?? []).find((detail) => "reason" in detail) as { reason?: string } | undefined;
    return info?.reason;
  }
}

const attempts = 4;

/**
 * Returns a client. A request that changes something gets an Idempotency-Key, and a request that the service could not take
 * (503) or that got no answer is repeated.
 */
export function createClient(options: Options): Client<paths> {
  const client = createFetchClient<paths>({ baseUrl: options.baseUrl, fetch: repeatedly });
  client.use({
    onRequest({ request }) {
      if (options.key) request.headers.set("Authorization", `Bearer ${options.key}`);
      if (request.method !== "GET" && !request.headers.has("Idempotency-Key")) {
        request.headers.set("Idempotency-Key", randomKey());
      }
      return request;
    },
  });
  return client;
}

/** Returns a key that nobody else uses. It is no secret. */
function randomKey(): string {
  return Array.from({ length: 4 }, () => Math.random().toString(36).slice(2, 10)).join("-");
}

async function repeatedly(request: Request): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(request.clone());
      if (response.status !== 503 || attempt === attempts) return response;
    } catch (error) {
      if (attempt === attempts || request.signal.aborted) throw error;
    }
    await pause(100 * 2 ** attempt);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Returns everything that a list has, one page after the other. */
export async function* all<Page extends { nextPageToken?: string }, Resource>(
  list: (pageToken: string) => Promise<{ data?: Page; error?: unknown }>,
  resources: (page: Page) => Resource[] | undefined,
): AsyncGenerator<Resource> {
  for (let pageToken: string | undefined = ""; pageToken !== undefined; ) {
    const { data, error } = await list(pageToken);
    if (!data) throw new ContinuoError(error as components["schemas"]["google.rpc.Status"]);
    yield* resources(data) ?? [];
    pageToken = data.nextPageToken || undefined;
  }
}

/** What to watch. */
export interface WatchOptions {
  service: "customer-recurrence" | "subscription" | "recurring-billing";
  /** The token of the last change that was seen. Keep it to go on after a restart. */
  after?: string;
  /** Only changes of this resource. */
  resource?: string;
  signal?: AbortSignal;
}

/** Returns changes as they are committed. It resumes after the last one when the connection or the service goes away. */
export async function* watch(options: Options, what: WatchOptions): AsyncGenerator<Change> {
  let after = what.after ?? "";
  for (let wait = 100; ; wait = Math.min(2 * wait, 10_000)) {
    try {
      for await (const { token, change } of stream(options, what, after)) {
        after = token;
        wait = 100;
        if (change) yield change;
      }
    } catch (error) {
      if (what.signal?.aborted || error instanceof ContinuoError) throw error;
    }
    await pause(wait);
  }
}

const unavailable = 14; // the gRPC code of a service that is away or stops

async function* stream(options: Options, what: WatchOptions, after: string) {
  const query = new URLSearchParams({ ...(after && { after }), ...(what.resource && { resource: what.resource }) });
  const response = await fetch(`${options.baseUrl}/${what.service}/v1/changes:watch?${query}`, {
    headers: options.key ? { Authorization: `Bearer ${options.key}` } : {},
    signal: what.signal,
  });
  for await (const line of lines(response)) {
    const chunk = JSON.parse(line);
    const failed = chunk.error ?? (response.ok ? undefined : chunk);
    if (failed?.code === unavailable) return;
    if (failed) throw new ContinuoError(failed);
    yield chunk.result as components["schemas"]["continuo.changes.v1.WatchChangesResponse"];
  }
}

async function* lines(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts.filter((part) => part !== "");
  }
  if (rest) yield rest;
}
