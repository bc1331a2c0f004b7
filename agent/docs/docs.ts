// The page at /docs: what /openapi.json describes, in a form that calls it, and the same call as curl, as the two
// published Node SDKs write it, and in Python.

interface Schema {
    type?: string;
    enum?: (string | number)[];
    items?: Schema;
    minimum?: number;
    maximum?: number;
    default?: unknown;
    description?: string;
    examples?: string[];
}

interface Parameter {
    name: string;
    in: "path" | "query";
    required?: boolean;
    schema: Schema;
}

interface Operation {
    operationId: string;
    tags: string[];
    summary: string;
    security: Record<string, unknown>[];
    parameters: Parameter[];
    requestBody?: { content: Record<string, { example?: unknown }> };
}

interface Call {
    id: string;
    method: string;
    path: string;
    headers: [string, string][];
    values: Record<string, unknown>;
    query: string;
    body: string;
}

const byId = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const base = byId<HTMLInputElement>("base");
const key = byId<HTMLInputElement>("key");
const body = byId<HTMLTextAreaElement>("body");
const fields = byId<HTMLFieldSetElement>("parameters");

let current: { method: string; path: string; operation: Operation } | undefined;

function headersFor(operation: Operation, secret: string): [string, string][] {
    const scheme = Object.keys(operation.security[0] ?? {})[0];
    if (scheme === "bearer") return [["Authorization", `Bearer ${secret}`]];
    if (scheme === "authApiKey") return [["Auth-API-Key", secret]];
    return scheme === "xApiKey" ? [["X-API-Key", secret]] : [];
}

/* A text of the form as what its schema has it be; lists are separated by commas. */
function typed(text: string, schema: Schema): unknown {
    if (schema.type === "array") return text.split(",").map((one) => one.trim()).filter(Boolean);
    if (schema.type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
    if (/^(integer|number)$/.test(schema.type ?? "") && Number.isFinite(Number(text))) return Number(text);
    return text;
}

function readCall(secret: string): Call {
    const { method, path, operation } = current!;
    const values: Record<string, unknown> = {};
    const query = new URLSearchParams();
    let target = path;
    for (const { name, in: place, schema } of operation.parameters) {
        const text = fields.querySelector<HTMLInputElement | HTMLSelectElement>(`[name="${name}"]`)?.value ?? "";
        if (place === "path") target = target.replace(`{${name}}`, encodeURIComponent(text));
        if (!text) continue;
        const value = values[name] = typed(text, schema);
        if (place === "query") for (const one of [value].flat()) query.append(name, `${one}`);
    }
    const text = operation.requestBody ? body.value : "";
    const headers = headersFor(operation, secret);
    if (text) headers.push(["Content-Type", "application/json"]);
    return { id: operation.operationId, method, path: target, headers, values, query: query.toString(), body: text };
}

const urlOf = (call: Call) => `${base.value.replace(/\/$/, "")}${call.path}${call.query ? `?${call.query}` : ""}`;
const quoted = (text: string) => `'${text.replace(/'/g, "'\\''")}'`;

function asCurl(call: Call): string {
    const parts = [`curl -X ${call.method.toUpperCase()} ${quoted(urlOf(call))}`];
    for (const [name, value] of call.headers) parts.push(`-H "${name}: ${value}"`);
    if (call.body) parts.push(`--data ${quoted(call.body)}`);
    return parts.join(" \\\n    ");
}

function asPython(call: Call): string {
    const lines = call.headers.map(([name, value]) => `    "${name}": ${JSON.stringify(value).replace('$KEY"', '" + KEY').replace(/^"" \+ /, "")},`);
    const data = call.body ? `, data=${JSON.stringify(call.body)}.encode()` : "";
    return [
        "import json, os, urllib.request",
        'KEY = os.environ["KEY"]',
        `request = urllib.request.Request(${JSON.stringify(urlOf(call))}${data}, method="${call.method.toUpperCase()}", headers={`,
        ...lines,
        "})",
        "print(json.loads(urllib.request.urlopen(request).read() or b\"null\"))",
    ].join("\n");
}

/* The methods of the SDKs; everything else they do not have. */
function methodOf(call: Call): string | undefined {
    const { event_id, request_id, visitor_id, ...rest } = call.values;
    const text = (value?: unknown) => JSON.stringify(value ?? "");
    const data = call.body || "{}";
    switch (call.id) {
        case "v3GetEvent": return `getEvent(${text(request_id)})`;
        case "v3UpdateEvent": return `updateEvent(${data}, ${text(request_id)})`;
        case "v3SearchEvents": return `searchEvents(${JSON.stringify({ ...rest, ...(visitor_id ? { visitor_id } : {}) })})`;
        case "v3GetVisits": return `getVisits(${text(visitor_id)}, ${JSON.stringify({ ...rest, ...(request_id ? { request_id } : {}) })})`;
        case "v3DeleteVisitor": case "v4DeleteVisitor": return `deleteVisitorData(${text(visitor_id)})`;
        case "v3GetRelatedVisitors": return `getRelatedVisitors({ visitor_id: ${text(visitor_id)} })`;
        case "v4GetEvent": return `getEvent(${text(event_id)}${rest["ruleset_id"] ? `, ${JSON.stringify(rest)}` : ""})`;
        case "v4UpdateEvent": return `updateEvent(${text(event_id)}, ${data})`;
        case "v4SearchEvents": return `searchEvents(${JSON.stringify({ ...rest, ...(visitor_id ? { visitor_id } : {}) })})`;
        default: return undefined;
    }
}

function asSdk(call: Call, version: "v3" | "v4"): string | undefined {
    const method = call.id.startsWith(version) ? methodOf(call) : undefined;
    if (!method) return undefined;
    const [name, from] = version === "v3"
        ? ["FingerprintJsServerApiClient", "@fingerprintjs/fingerprintjs-pro-server-api"]
        : ["FingerprintServerApiClient", "@fingerprint/node-sdk"];
    return [
        `import { ${name}, Region } from "${from}";`,
        `const base = ${JSON.stringify(base.value)};`,
        "const local = (u, init) => { const x = new URL(u); return fetch(base + x.pathname + x.search, init); };",
        `const client = new ${name}({ apiKey: process.env.KEY, region: Region.Global, fetch: local });`,
        `console.log(await client.${method});`,
    ].join("\n");
}

function showSamples(): void {
    if (!current) return;
    const call = readCall("$KEY"); // samples name the key by a variable: they are made to be copied
    const samples: [string, string | undefined][] = [
        ["curl", asCurl(call)],
        ["SDK 6 (Node)", asSdk(call, "v3")],
        ["SDK 7 (Node)", asSdk(call, "v4")],
        ["Python", asPython(call)],
    ];
    byId("samples").replaceChildren(...samples.filter(([, text]) => text).flatMap(([name, text]) => {
        const title = document.createElement("h4");
        const pre = document.createElement("pre");
        title.textContent = name;
        pre.textContent = text ?? "";
        pre.dataset["sample"] = name;
        return [title, pre];
    }));
}

/* Where a parameter has words, a choice of them; elsewhere a line to write on. */
function fieldOf({ name, in: place, required, schema }: Parameter): HTMLLabelElement {
    const label = document.createElement("label");
    const words = schema.type === "boolean" ? [true, false] : schema.enum;
    const field = document.createElement(words ? "select" : "input");
    if (words) field.append(...["", ...words].map((word) => new Option(`${word}`)));
    else if (field instanceof HTMLInputElement) {
        const list = schema.items?.enum;
        const range = schema.minimum === undefined ? "" : `${schema.minimum} to ${schema.maximum ?? "..."}`;
        field.placeholder = schema.examples?.[0] ?? (schema.type === "array" ? "one, or several with commas" : range);
        if (list) field.title = list.join(", ");
        field.spellcheck = false;
    }
    if (schema.description) field.title = schema.description;
    field.name = name;
    field.required = required === true;
    label.append(place === "path" || required ? `${name} *` : name, field);
    return label;
}

function choose(method: string, path: string, operation: Operation, button: HTMLElement): void {
    current = { method, path, operation };
    for (const other of document.querySelectorAll("nav [aria-current]")) other.removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
    byId("title").textContent = `${operation.summary}: ${method.toUpperCase()} ${path}`;
    const legend = fields.querySelector("legend")!;
    fields.replaceChildren(legend, ...operation.parameters.map(fieldOf));
    fields.hidden = operation.parameters.length === 0;
    const example = operation.requestBody?.content["application/json"]?.example;
    byId("body-row").hidden = !operation.requestBody;
    body.value = example === undefined ? "" : JSON.stringify(example, null, 2);
    byId("status").textContent = byId("answer").textContent = "";
    showSamples();
}

async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (!current) return;
    const call = readCall(key.value);
    const start = performance.now();
    try {
        const init: RequestInit = { method: call.method.toUpperCase(), headers: call.headers, credentials: "omit" };
        if (call.body) init.body = call.body;
        const answer = await fetch(urlOf(call), init);
        const text = await answer.text();
        byId("status").textContent = `${answer.status} ${answer.statusText}, ${Math.round(performance.now() - start)} ms`;
        try {
            byId("answer").textContent = JSON.stringify(JSON.parse(text), null, 2);
        } catch {
            byId("answer").textContent = text;
        }
    } catch (error) {
        byId("status").textContent = `no answer: ${error}`;
        byId("answer").textContent = "";
    }
}

async function start(): Promise<void> {
    const here = new URL(".", location.href).href.replace(/\/$/, "");
    const api = await (await fetch(`${here}/openapi.json`)).json() as { paths: Record<string, Record<string, Operation>> };
    base.value = here;
    byId("bases").replaceChildren(...[here, "http://127.0.0.1:8080"].map((value) => new Option(value)));
    const groups = new Map<string, HTMLElement>();
    for (const [path, methods] of Object.entries(api.paths))
        for (const [method, operation] of Object.entries(methods)) {
            const tag = operation.tags[0] ?? "";
            if (!groups.has(tag)) {
                const section = document.createElement("section");
                const title = document.createElement("h2");
                title.textContent = tag;
                section.append(title);
                groups.set(tag, section);
                byId("operations").append(section);
            }
            const button = document.createElement("button");
            const verb = document.createElement("code");
            verb.textContent = method;
            button.type = "button";
            button.id = operation.operationId;
            button.append(verb, path);
            button.addEventListener("click", () => choose(method, path, operation, button));
            groups.get(tag)!.append(button);
            if (!current) choose(method, path, operation, button);
        }
    byId("call").addEventListener("submit", send);
    byId("call").addEventListener("input", showSamples);
}

void start();
