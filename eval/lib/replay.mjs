// Plays a workload against a server that identifies visitors: one POST per event, with the headers of the line,
// the client's address in a header, and whatever the server handed to that storage jar before, as long as the
// truth says that the jar is still there. The server never sees the truth.
import { Agent, request } from "node:http";

import { ndjson } from "./io.mjs";

const TIMEOUT_MS = 30_000;
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

const STANDARDS = {
    url: "http://127.0.0.1:8080/v1/identify",
    apiKey: "",
    keyHeader: "X-API-Key",
    ipHeader: "X-Forwarded-For",
    timeHeader: "", // such as X-Test-Now-Ms: the event's time, for a server with a test clock
    origin: "https://shop.example",
    concurrency: 1, // 1 keeps the order of all events, more that of each instance's
    idField: "visitorId", // path in the answer
    tokenField: "", // path in the answer of a token that the agent would store; "": cookies only
    tokenHeader: "", // where it goes at the next visit: a header ...
    tokenBody: "", // ... or a path in the body
    prepare: () => {}, // changes a body before it is sent
};

const read = (object, path) => path.split(".").reduce((x, key) => x?.[key], object);

function write(object, path, value) {
    const keys = path.split(".");
    const last = keys.pop();
    for (const key of keys) object = object[key] ??= {};
    object[last] = value;
}

/* Keep-alive requests to one server: send(method, path, headers, text) resolves with { status, text, setCookie,
 * ms, error }; status is 0 when there was no answer. */
export function client({ hostname, port }, connections) {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const host = hostname.replace(/[[\]]/g, "");
    const send = (method, path, headers, text) =>
        new Promise((resolve) => {
            const begun = performance.now();
            const end = (rest) => resolve({ ...rest, ms: performance.now() - begun });
            const fail = (error) => end({ status: 0, error: error.message, setCookie: [] });
            const all = { ...headers };
            if (text !== undefined) all["content-length"] = Buffer.byteLength(text);
            const how = { host, port, agent, method, path, headers: all, timeout: TIMEOUT_MS };
            const outgoing = request(how, (incoming) => {
                const parts = [];
                incoming.on("data", (part) => parts.push(part));
                incoming.on("error", fail);
                incoming.on("end", () =>
                    end({
                        status: incoming.statusCode,
                        setCookie: incoming.headers["set-cookie"] ?? [],
                        text: Buffer.concat(parts).toString(),
                    }),
                );
            });
            outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
            outgoing.on("error", fail);
            outgoing.end(text);
        });
    return { send, close: () => agent.destroy() };
}

/* Enough of RFC 6265 for one site. */
function storeCookie(cookies, line) {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim());
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals);
    const value = pair.slice(equals + 1);
    const ended = attributes.some((attribute) => {
        const [key, setting = ""] = attribute.toLowerCase().split("=");
        if (key === "max-age") return Number(setting) <= 0;
        return key === "expires" && Date.parse(attribute.slice(8)) < 1e12;
    });
    if (ended || value === "") cookies.delete(name);
    else cookies.set(name, value);
}

class Replay {
    #jars = new Map(); // name -> { cookies, token }

    constructor(how) {
        this.how = how;
        const url = new URL(how.url);
        if (url.protocol !== "http:" || !LOOPBACK.includes(url.hostname)) {
            throw new Error(
                `${how.url} is not http on this machine: a workload is for test servers`,
            );
        }
        this.path = url.pathname + url.search;
        this.client = client(url, how.concurrency);
    }

    #headersOf(line, stored) {
        const { how } = this;
        const headers = { ...line.headers, "content-type": "application/json" };
        const set = (name, value) => name && value && (headers[name.toLowerCase()] = value);
        set("origin", how.origin);
        set(how.ipHeader, line.ip);
        set(how.keyHeader, how.apiKey);
        set(how.timeHeader, String(line.t_ms));
        if (stored) {
            set(
                "cookie",
                [...stored.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
            );
            set(how.tokenHeader, stored.token);
        }
        return headers;
    }

    #keep(jarName, answer, body) {
        const jar = this.#jars.get(jarName) ?? { cookies: new Map(), token: "" };
        this.#jars.set(jarName, jar);
        for (const line of answer.setCookie) storeCookie(jar.cookies, line);
        const token = this.how.tokenField && read(body, this.how.tokenField);
        if (token) jar.token = String(token);
    }

    /* Sends one event; resolves with its line of results. */
    async play(line) {
        const { how } = this;
        const { jar, has_token } = line.cookie_state;
        const stored = has_token ? this.#jars.get(jar) : undefined;
        if (stored?.token && how.tokenBody) write(line.body, how.tokenBody, stored.token);
        how.prepare(line.body);
        const text = JSON.stringify(line.body);
        const answer = await this.client.send(
            "POST",
            this.path,
            this.#headersOf(line, stored),
            text,
        );
        let body;
        try {
            body = JSON.parse(answer.text);
        } catch {
            body = undefined; // counted as an event without an id
        }
        this.#keep(jar, answer, body);
        return {
            i: line.i,
            visitorId: read(body, how.idField) ?? null,
            ms: Math.round(answer.ms * 1000) / 1000,
            status: answer.status,
            requestId: body?.requestId, // its event can be looked up later
            error: answer.error,
        };
    }
}

/* Starts work for each item, at most `limit` at a time; items with an equal key one after the other. */
async function inParallel(items, limit, keyOf, work) {
    const last = new Map(); // key -> the work that is to end first
    const running = new Set();
    let failure;
    for await (const item of items) {
        const key = keyOf(item);
        const before = last.get(key);
        const job = (async () => {
            await before;
            await work(item);
        })()
            .catch((error) => (failure ??= error))
            .finally(() => {
                running.delete(job);
                if (last.get(key) === job) last.delete(key);
            });
        last.set(key, job);
        running.add(job);
        if (running.size >= limit) await Promise.race(running);
        if (failure) break;
    }
    await Promise.all(running);
    if (failure) throw failure;
}

/* Plays the workload of a file; each(result) gets a line per event (visitorId null when there was no answer). A
 * setting that is not given has its standard from above. Resolves with { events, withoutId, perSecond }. */
export async function replay(file, settings, each) {
    const how = { ...STANDARDS, ...settings };
    const run = new Replay(how);
    const begun = performance.now();
    let events = 0;
    let withoutId = 0;
    try {
        await inParallel(
            ndjson(file),
            how.concurrency,
            (line) => line.device_id,
            async (line) => {
                const result = await run.play(line);
                events++;
                if (!result.visitorId) withoutId++;
                await each(result);
            },
        );
    } finally {
        run.client.close();
    }
    const seconds = (performance.now() - begun) / 1000;
    return { events, withoutId, perSecond: Math.round(events / seconds) };
}
