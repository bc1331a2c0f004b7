// The agent behind the interfaces of Fingerprint's agents v3 and v4, in Chromium. The loaders here are our
// own: they do what the published ones were measured to do with what they download, and no more.

import assert from "node:assert/strict";
import { createDecipheriv } from "node:crypto";
import { after, before, test } from "node:test";
import { inflateRawSync } from "node:zlib";

import { startWhorl } from "../lib/whorl.mjs";
import { attempt, html, onPage, startBrowser, startPages } from "./lib/pages.mjs";

let whorl;
let pages;
let browser;
let restricted;
let limited;

/* v3: a classic script by a tag; the agent is under one global name. Neither key nor pattern goes on. */
const v3Loader = `window.loadV3 = async ({ url, ...options }) => {
    await new Promise((resolve, reject) => {
        const script = Object.assign(document.createElement("script"), { src: url, async: true });
        script.onload = resolve;
        script.onerror = () => reject(new Error("Failed to load the JS script of the agent"));
        document.head.append(script);
    });
    const { load } = window.__fpjs_p_l_b;
    delete window.__fpjs_p_l_b;
    window.fp = await load({ ...options, ldi: { attempts: [], visibilityStates: [] } });
};`;

/* v4: a module by import(); start() gets everything but the key. */
const v4Loader = `window.startV4 = async ({ url, ...options }) => {
    const { start } = await import(url);
    window.fp = start({ ...options, ldi: { attempts: [] }, externalABSelections: { lwu: "all" } });
};`;

before(async () => {
    whorl = await startWhorl();
    restricted = await whorl.key("public", { origins: ["https://other.example"] });
    limited = await whorl.key("public", { rate: 1 });
    pages = await startPages({
        "/": () => ({ html: html(`<script>${v3Loader}${v4Loader}</script>`) }),
        "/blocked": () => ({
            html: html(`<script>${v3Loader}${v4Loader}</script>`),
            headers: { "Content-Security-Policy": `script-src 'unsafe-inline' 'unsafe-eval' ${whorl.url}; connect-src 'none'` },
        }),
    });
    browser = await startBrowser();
});

after(async () => {
    await browser?.remove();
    pages?.close();
    await whorl?.remove();
});

const v3Url = (key = whorl.publicKey) => `${whorl.url}/web/v3/${key}/loader_v3.12.15.js`;
const v4Url = (key = whorl.publicKey) => `${whorl.url}/web/v4/${key}?ci=jsl/4.1.5`;
const open = (use, path = "/") => onPage(browser.context, pages.url + path, use);
const load = (page, options) => attempt(page, (given) => window.loadV3(given), { url: v3Url(), ...options });
const start = (page, options) => attempt(page, (given) => window.startV4(given), { url: v4Url(), ...options });
const get = (page, options) => attempt(page, (given) => window.fp.get(given), options);

test("v3: the plain result, and the extended one with each documented member", async () => {
    await open(async (page, { posted }) => {
        await load(page, {});
        const plain = (await get(page, { tag: { a: 1 }, linkedId: "L" })).value;
        assert.deepEqual(Object.keys(plain).sort(), ["confidence", "requestId", "visitorFound", "visitorId"]);
        assert.match(plain.requestId, /^\d{13}\.[A-Za-z0-9]{6}$/);
        assert.match(plain.visitorId, /^[A-Za-z0-9]{20}$/);
        const { value } = await get(page, { extendedResult: true });
        const extended = "incognito browserName browserVersion device ip os osVersion firstSeenAt lastSeenAt";
        for (const name of extended.split(" ")) assert.ok(name in value, name);
        assert.equal(value.visitorId, plain.visitorId);
        assert.equal(value.visitorFound, true);
        const event = (await whorl.get(`/events/${plain.requestId}`, { auth: "header" })).json;
        const { data } = event.products.identification;
        assert.deepEqual([data.tag, data.linkedId, data.visitorId], [{ a: 1 }, "L", plain.visitorId]);
        assert.equal(new URL(posted[0].url()).pathname, "/");
    });
});

test("v3: endpoint, storageKey, region, integrationInfo and urlHashing", async () => {
    await open(async (page, { posted }) => {
        const options = {
            endpoint: [`${whorl.url}/metrics?x=1`, { default: "endpoint" }], storageKey: "mine", region: "eu",
            integrationInfo: ["react-sdk/2.7.1/react", "spa-sdk/1.3.3"], urlHashing: { path: true },
        };
        await load(page, options);
        const first = (await get(page)).value;
        const url = new URL(posted[0].url());
        assert.equal(url.pathname, "/metrics");
        assert.equal(url.searchParams.get("x"), "1");
        assert.deepEqual(url.searchParams.getAll("ii"), options.integrationInfo);
        assert.equal(url.searchParams.get("region"), "eu");
        const token = await page.evaluate(() => localStorage.getItem("mine_t"));
        assert.ok(token);
        await browser.context.clearCookies();
        const second = (await get(page)).value;
        assert.equal(posted[1].postDataJSON().token, token);
        assert.deepEqual([second.visitorId, second.visitorFound], [first.visitorId, true], "by storage alone");
    });
});

test("v3: collect() gives a text, and the ES module and the IIFE the same agent with its constants", async () => {
    await open(async (page) => {
        await load(page, {});
        const { value } = await attempt(page, () => window.fp.collect());
        assert.equal(JSON.parse(Buffer.from(value, "base64")).agent.dialect, "v3");
        const base = `${whorl.url}/web/v3/${whorl.publicKey}`;
        const module = await attempt(page, async (url) => {
            const F = await import(url);
            const { visitorId } = await (await F.load()).get();
            const same = (await (await F.default.load()).get()).visitorId === visitorId;
            return { visitorId, same, limit: F.ERROR_RATE_LIMIT, key: F.default.ERROR_API_KEY_INVALID };
        }, base);
        assert.match(module.value.visitorId, /^[A-Za-z0-9]{20}$/);
        assert.ok(module.value.same);
        assert.equal(module.value.limit, "Too many requests, rate limit exceeded");
        assert.equal(module.value.key, "API key not found");
        await page.addScriptTag({ url: `${base}/iife.min.js` });
        const iife = await attempt(page, async () => (await (await window.FingerprintJS.load()).get()).visitorId);
        assert.equal(iife.value, module.value.visitorId);
    });
});

test("v3: errors are the documented texts", async () => {
    const failing = async (options, getOptions, path, prepare) => {
        let error;
        await open(async (page) => {
            await prepare?.(page);
            error = (await load(page, options)).error ?? (await get(page, getOptions)).error;
        }, path);
        return error?.message;
    };
    assert.equal(await failing({ url: v3Url("nobody") }), "API key not found");
    await open(async (page) => {
        await load(page, { url: v3Url("nobody") });
        assert.match((await get(page)).error.requestId, /^\d{13}\.[A-Za-z0-9]{6}$/);
    });
    assert.equal(await failing({ url: v3Url(restricted) }), "Not available for this origin");
    assert.equal(await failing({ endpoint: "nope" }), "The endpoint parameter is not a valid URL");
    assert.equal(await failing({}, { timeout: 1 }), "Client timeout");
    assert.equal(await failing({ endpoint: "http://127.0.0.1:9/" }), "Network connection error");
    assert.equal(await failing({}, {}, "/blocked"), "Blocked by CSP");
    assert.equal(await failing({}, { linkedId: "x".repeat(257) }), "Request cannot be parsed");
    const headers = { "Access-Control-Allow-Origin": pages.url, "Access-Control-Allow-Credentials": "true" };
    const answering = (status, body) => (page) =>
        page.route(/ci=js/, (route) => route.fulfill({ status, body, headers }));
    assert.equal(await failing({}, {}, "/", answering(200, "<html>")), "Response cannot be parsed");
    assert.equal(await failing({}, {}, "/", answering(503, "{}")), "Request failed");
    const error = { code: "IntegrationFailed", message: "x" };
    const proxied = JSON.stringify({ v: "2", error, requestId: "1700000000000.aBcDeF", products: {} });
    assert.equal(await failing({}, {}, "/", answering(500, proxied)), "Integration failed");
    await open(async (page) => {
        await load(page, { url: v3Url(limited) });
        const { value } = await attempt(page, () => Promise.all(Array.from({ length: 12 }, () =>
            window.fp.get().then(() => "ok", ({ message }) => message))));
        assert.ok(value.includes("Too many requests, rate limit exceeded"), value.join());
    });
});

test("v4: the result; tags win over tag, and a simple value comes back as an object", async () => {
    await open(async (page, { posted }) => {
        const endpoints = { value: whorl.url, __type__: "withoutDefault" };
        await start(page, { endpoints, integrationInfo: ["react-sdk/3.2.0/react/19"] });
        const { value } = await get(page, { tags: 7, tag: { no: 1 }, linkedId: "L4" });
        assert.match(value.event_id, /^\d{13}\.[A-Za-z0-9]{6}$/);
        assert.match(value.visitor_id, /^[A-Za-z0-9]{20}$/);
        assert.equal(value.sealed_result, null);
        assert.equal("cache_hit" in value, false);
        const event = (await whorl.get(`/v4/events/${value.event_id}`, { auth: "bearer" })).json;
        assert.deepEqual([event.tags, event.linked_id], [{ tag: 7 }, "L4"]);
        assert.deepEqual(new URL(posted[0].url()).searchParams.getAll("ii"), ["react-sdk/3.2.0/react/19"]);
        assert.ok(await page.evaluate(() => localStorage.getItem("_vid_t")));
    });
});

test("v4: the forms of endpoints, and the storage key's prefix", async () => {
    const rows = [
        [undefined, "/"], ["URL/metrics", "/metrics"], [["http://127.0.0.1:9/", "URL/b"], "/b"],
        [{ value: ["URL/c"] }, "/c"],
    ];
    const filled = (given) => given && JSON.parse(JSON.stringify(given).replaceAll("URL", whorl.url));
    for (const [endpoints, path] of rows) {
        await open(async (page, { posted }) => {
            await start(page, { endpoints: filled(endpoints), storageKeyPrefix: "mine_" });
            const { value, error } = await get(page);
            assert.ok(value?.event_id, JSON.stringify(error));
            assert.equal(new URL(posted.at(-1).url()).pathname, path);
            assert.ok(await page.evaluate(() => localStorage.getItem("mine_t")));
        });
    }
});

test("v4: the cache, with cache_hit, and its errors", async () => {
    for (const storage of ["sessionStorage", "localStorage", "agent"]) {
        await open(async (page, { posted }) => {
            await start(page, { cache: { storage, duration: "optimize-cost", cachePrefix: `x${Math.random()}` } });
            const first = (await get(page)).value;
            const second = (await get(page)).value;
            assert.deepEqual([first.cache_hit, second.cache_hit], [false, true], storage);
            assert.equal(second.event_id, first.event_id);
            assert.equal(posted.length, 1);
        });
    }
    const wrong = [
        { storage: "disk", duration: 60 }, { storage: "agent", duration: 43_201 }, { storage: "agent", duration: 0 },
        { storage: "agent", duration: "long" }, {}, { storage: "toString", duration: 60 },
    ];
    await open(async (page) => {
        for (const cache of wrong) {
            const { error } = await start(page, { cache });
            assert.equal(error?.name, "FingerprintError");
            assert.equal(error.code, "cache_misconfigured", JSON.stringify(cache));
        }
    });
});

const refusedByServer = new Set(["public_api_key_not_found", "request_cannot_be_parsed", "too_many_requests"]);

test("v4: errors have the documented codes", async () => {
    const failing = async (options, getOptions, path) => {
        let error;
        await open(async (page) => {
            error = (await start(page, options)).error ?? (await get(page, getOptions)).error;
        }, path);
        assert.deepEqual([error?.isError, error?.name], [true, "FingerprintError"]);
        if (refusedByServer.has(error.code)) assert.match(error.event_id, /^\d{13}\.[A-Za-z0-9]{6}$/);
        else assert.equal(error.event_id, null);
        return error.code;
    };
    assert.equal(await failing({ url: v4Url("nobody") }), "public_api_key_not_found");
    assert.equal(await failing({ url: v4Url(restricted) }), "public_api_key_not_found");
    assert.equal(await failing({ endpoints: 5 }), "endpoints_misconfigured");
    assert.equal(await failing({ endpoints: "nope" }), "invalid_endpoint");
    assert.equal(await failing({}, { timeout: 1 }), "client_timeout");
    assert.equal(await failing({ endpoints: "http://127.0.0.1:9/" }), "network_connection");
    assert.equal(await failing({}, {}, "/blocked"), "csp_block");
    assert.equal(await failing({}, { linkedId: "x".repeat(257) }), "request_cannot_be_parsed");
    assert.equal(await failing({}, { tags: "x".repeat(17_000) }), "request_cannot_be_parsed");
});

test("v4: the module's other exports", async () => {
    await open(async (page) => {
        const { value } = await attempt(page, async (url) => {
            const F = await import(url);
            const thrown = (data) => {
                try {
                    F.handleAgentData(data);
                    return null;
                } catch (error) {
                    return [F.isFingerprintError(error), error.code];
                }
            };
            return {
                names: Object.keys(F).sort(), inside: Object.keys(F.default).sort(), wrapped: F.withoutDefault("x"),
                thrown: ["", "xxx", "{}", btoa("{}"), '{"token":"tkn"}'].map(thrown),
                token: localStorage.getItem("_vid_t"), other: F.isFingerprintError(new Error("x")),
            };
        }, v4Url());
        const names = ["handleAgentData", "isFingerprintError", "start", "withoutDefault"];
        assert.deepEqual(value.names, ["default", ...names]);
        assert.deepEqual(value.inside, names);
        assert.equal(value.wrapped.value, "x");
        const refused = [true, "handle_agent_data"];
        assert.deepEqual(value.thrown, [null, null, refused, refused, null]);
        assert.deepEqual([value.token, value.other], ["tkn", false]);
    });
});

test("sealed results: v3's text, v4's binary in each of its forms", async () => {
    const made = JSON.parse(await whorl.run("key", "create", "--data", whorl.data, "--kind", "sealing", "--json"));
    const open_ = (base64, key) => {
        const bytes = Buffer.from(base64, "base64");
        const decipher = createDecipheriv("aes-256-gcm", Buffer.from(key, "base64"), bytes.subarray(4, 16));
        decipher.setAuthTag(bytes.subarray(-16));
        return JSON.parse(inflateRawSync(Buffer.concat([decipher.update(bytes.subarray(16, -16)), decipher.final()])));
    };
    await open(async (page) => {
        await load(page, {});
        const v3 = (await get(page)).value;
        assert.equal(open_(v3.sealedResult, made.key).products.identification.data.visitorId, v3.visitorId);
        await start(page, { cache: { storage: "agent", duration: 60 } });
        for (const cached of [false, true]) {
            const { value } = await attempt(page, async () => {
                const result = await window.fp.get();
                const { sealed_result: sealed } = result;
                return {
                    result, base64: sealed.base64(), bytes: [...sealed.byteArray()], text: String(sealed),
                    json: JSON.parse(JSON.stringify(sealed)), blob: (await sealed.blob().arrayBuffer()).byteLength,
                };
            });
            assert.equal(value.result.cache_hit, cached);
            assert.equal(open_(value.base64, made.key).identification.visitor_id, value.result.visitor_id);
            assert.deepEqual(Buffer.from(value.bytes), Buffer.from(value.base64, "base64"));
            assert.deepEqual([value.text, value.json, value.blob], [value.base64, value.base64, value.bytes.length]);
        }
    });
});
