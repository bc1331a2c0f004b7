// whorl's own interface in Chromium: every option and every error that docs/agent.md names, and the
// places where an agent must still work: a strict policy, a frame of another site, two tabs, a page from
// the back-forward cache, no network and then one, no storage, prototypes that are frozen, a patched fetch.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { startWhorl } from "../lib/whorl.mjs";
import { attempt, html, onPage, startBrowser, startPages } from "./lib/pages.mjs";

let whorl;
let pages;
let browser;
let restricted;
let limited;

const agent = (key, attributes = "") => `<script src="${whorl.url}/agent/${key}.js" ${attributes}></script>`;

before(async () => {
    whorl = await startWhorl({ flags: ["--ingress-path", "/k3"] });
    restricted = await whorl.key("public", { origins: ["https://other.example"] });
    limited = await whorl.key("public", { rate: 1 });
    const own = () => html(agent(whorl.publicKey));
    pages = await startPages({
        "/": () => ({ html: own() }),
        "/other": () => ({ html: own() }),
        "/consent": () => ({ html: html(agent(whorl.publicKey, "data-consent=required")) }),
        "/unknown": () => ({ html: html(agent("nobody")) }),
        "/restricted": () => ({ html: html(agent(restricted)) }),
        "/limited": () => ({ html: html(agent(limited)) }),
        "/nonce": () => ({
            html: html(`<script nonce="abc" src="${whorl.url}/agent/${whorl.publicKey}.js"></script>`),
            headers: { "Content-Security-Policy": `default-src 'none'; script-src 'nonce-abc'; connect-src ${whorl.url}` },
        }),
        "/blocked": () => ({
            html: own(),
            headers: { "Content-Security-Policy": `default-src 'none'; script-src ${whorl.url}; connect-src 'none'` },
        }),
        "/frozen": () => ({
            html: html(`<script>
                for (const one of [Object, Array, Function, Promise, String, RegExp, Map, Set, Error, Date])
                    Object.freeze(one.prototype);
                </script>${agent(whorl.publicKey)}`),
        }),
        "/patched": () => ({
            html: html(`<script>window.fetch = () => { throw new Error("this site has no fetch") };</script>
                ${agent(whorl.publicKey)}`),
        }),
        "/module": () => ({ html: html(`<script type="module">
            import whorl, { identify, version, WhorlError } from "${whorl.url}/agent/${whorl.publicKey}.mjs";
            window.module = { whorl, identify, version, WhorlError };</script>`) }),
        "/frame": (request) => ({ html: html("", `<iframe src="http://localhost:${request.headers.host.split(":")[1]}/"></iframe>`) }),
        "/back-forward": () => ({ html: html(`${agent(whorl.publicKey)}<script>
            addEventListener("pageshow", ({ persisted }) =>
                whorl.identify({ linkedId: "came back: " + persisted }).then(() => {
                    if (!persisted) setTimeout(() => (location.href = "/and-back"), 300);
                }));</script>`) }),
        "/and-back": () => ({ html: html(`<script>
            addEventListener("load", () => setTimeout(() => history.back(), 300));</script>`) }),
        "/sandbox": () => ({ html: html("", `<iframe sandbox="allow-scripts" src="/"></iframe>`) }),
    });
    browser = await startBrowser();
});

after(async () => {
    await browser?.remove();
    pages?.close();
    await whorl?.remove();
});

const open = (path, use) => onPage(browser.context, pages.url + path, use);
const identify = (page, options) => attempt(page, (given) => window.whorl.identify(given), options);
/* Visits with that linkedId, as soon as there is one. */
async function visitsOf(visitorId, linkedId) {
    const path = `/visitors/${visitorId}?linked_id=${encodeURIComponent(linkedId)}`;
    for (let tries = 0; tries < 100; tries++) {
        const { visits } = (await whorl.get(path, { auth: "header" })).json;
        if (visits.length) return visits;
        await sleep(100);
    }
    return [];
}
const isIdentified = ({ value }) => assert.match(value?.visitorId ?? "", /^iq_/);

test("tag, linkedId and extended go along; the script posts to the operator's path", async () => {
    await open("/", async (page, { posted }) => {
        const { value } = await identify(page, { tag: { order: 7 }, linkedId: "customer 12", extended: true });
        assert.match(value.requestId, /^req_/);
        assert.equal(value.extended.ip, "127.0.0.1");
        assert.match(value.extended.browserName, /Chrom/);
        assert.equal(new URL(posted[0].url()).pathname, "/k3");
        const event = (await whorl.get(`/v4/events/${value.requestId}`, { auth: "bearer" })).json;
        assert.deepEqual(event.tags, { order: 7 });
        assert.equal(event.linked_id, "customer 12");
    });
});

test("the module is the same agent", async () => {
    await open("/module", async (page) => {
        await page.waitForFunction(() => window.module);
        isIdentified(await attempt(page, () => window.module.identify()));
        const facts = await page.evaluate(() => {
            const { version, whorl } = window.module;
            return [version, whorl.version, "whorl" in window];
        });
        assert.equal(facts[0], facts[1]);
        assert.equal(facts[2], false, "a module leaves no global");
    });
});

test("consent: nothing is read or sent before start(), nothing after stop()", async () => {
    await open("/consent", async (page, { posted }) => {
        await page.evaluate(() => {
            window.reads = 0;
            const { get } = Object.getOwnPropertyDescriptor(Navigator.prototype, "hardwareConcurrency");
            Object.defineProperty(Navigator.prototype, "hardwareConcurrency", {
                get() { window.reads++; return get.call(this); },
            });
            window.waiting = window.whorl.identify();
        });
        await page.waitForTimeout(300);
        assert.equal(await page.evaluate(() => window.reads), 0);
        assert.equal(posted.length, 0);
        isIdentified(await attempt(page, () => { window.whorl.start(); return window.waiting; }));
        assert.ok((await page.evaluate(() => window.reads)) > 0);
        await page.evaluate(() => window.whorl.stop());
        assert.equal((await identify(page)).error.code, "consent");
        assert.equal(posted.length, 1);
    });
});

test("the cache answers for its lifetime, for the same question, and says so", async () => {
    for (const storage of ["memory", "session", "local"]) {
        await open("/", async (page, { posted }) => {
            await page.evaluate(() => { localStorage.clear(); sessionStorage.clear(); });
            await page.evaluate((kind) => window.whorl.configure({ cache: { storage: kind, lifetime: 60 } }), storage);
            const first = (await identify(page, { linkedId: "a" })).value;
            const second = (await identify(page, { linkedId: "a" })).value;
            assert.equal(first.cacheHit, undefined);
            assert.deepEqual(second, { ...first, cacheHit: true }, storage);
            await identify(page, { linkedId: "b" });
            assert.equal(posted.length, 2, storage);
            await page.evaluate(() => { const now = Date.now; Date.now = () => now() + 61_000; });
            assert.equal((await identify(page, { linkedId: "a" })).value.cacheHit, undefined);
            assert.equal(posted.length, 3, "the lifetime is over");
        });
    }
});

test("probes: read only when asked for; behaviour is counted from start() on, not before", async () => {
    const move = async (page) => {
        await page.mouse.move(20, 20);
        await page.mouse.move(300, 200, { steps: 8 });
        await page.mouse.click(300, 200);
    };
    await open("/consent", async (page, { posted }) => {
        await page.evaluate(() => window.whorl.configure({ probes: ["behavior", "wallets", "webrtc"] }));
        await move(page);
        await page.evaluate(() => window.whorl.start());
        await move(page);
        await page.keyboard.type("abc");
        const { requestId } = (await identify(page)).value;
        const { behavioralRisk, wallets, webrtc } = posted[0].postDataJSON().signals;
        assert.equal(behavioralRisk.value.clickCount, 1);
        assert.equal(behavioralRisk.value.keyEventCount, 3);
        assert.ok(behavioralRisk.value.pointerMoveCount >= 8 && behavioralRisk.value.pointerMoveCount < 16);
        assert.deepEqual(wallets.value.detected, []);
        assert.ok(webrtc.value.candidateCount > 0);
        assert.equal((await whorl.get(`/v1/events/${requestId}`, { auth: "bearer" })).status, 200);
    });
    await open("/", async (page, { posted }) => {
        await identify(page);
        const { behavioralRisk, wallets, webrtc, collection } = posted[0].postDataJSON().signals;
        assert.deepEqual([behavioralRisk, wallets, webrtc], [null, null, null]);
        const { failures } = collection.value;
        assert.deepEqual([failures.behavioralRisk, failures.wallets, failures.webrtc], ["off", "off", "off"]);
    });
});

test("debug shows every signal and sends nothing", async () => {
    await open("/", async (page, { posted }) => {
        const { value } = await attempt(page, () => window.whorl.debug());
        assert.ok(value.length >= 41);
        const canvas = value.find(({ name }) => name === "canvas");
        assert.equal(typeof canvas.value.hash, "string");
        assert.ok(canvas.ms >= 0 && canvas.bytes > 0 && canvas.missing === null);
        assert.deepEqual(value.find(({ name }) => name === "webrtc"),
            { name: "webrtc", value: null, ms: null, bytes: 4, missing: "off" });
        assert.equal(posted.length, 0);
    });
});

test("urlHashing keeps the parts of the address to the site", async () => {
    await open("/?secret=1#part", async (page, { posted }) => {
        await page.evaluate(() => window.whorl.configure({ urlHashing: { query: true, fragment: true } }));
        await identify(page);
        const { url } = posted[0].postDataJSON();
        assert.match(url, /\/\?[\w-]{43}#[\w-]{43}$/);
    });
});

test("options that cannot be: an error that says which", async () => {
    await open("/", async (page) => {
        const rows = [
            [{ cache: { storage: "disk" } }, "options"], [{ cache: { storage: "memory", lifetime: 0 } }, "options"],
            [{ cache: { storage: "memory", lifetime: 43_201 } }, "options"], [{ endpoint: "nope" }, "endpoint"],
        ];
        for (const [options, code] of rows) {
            const { error } = await attempt(page, (given) => window.whorl.configure(given), options);
            assert.equal(error?.code, code, JSON.stringify(options));
        }
        assert.equal((await identify(page, { linkedId: 7 })).error.code, "options");
        assert.equal((await identify(page, { timeout: -1 })).error.code, "options");
        const circle = await attempt(page, () => {
            const tag = {};
            tag.tag = tag;
            return window.whorl.identify({ tag });
        });
        assert.equal(circle.error.name, "TypeError");
    });
});

test("each refusal has its code", async () => {
    const rows = [["/unknown", "key", 401], ["/restricted", "origin", 403]];
    for (const [path, code, status] of rows) {
        await open(path, async (page) => {
            const { error } = await identify(page);
            assert.deepEqual([error.isError, error.name, error.code, error.status], [true, "WhorlError", code, status]);
            assert.ok(error.message.length > 10);
        });
    }
    await open("/limited", async (page) => {
        const all = await attempt(page, () => Promise.all(Array.from({ length: 12 }, () =>
            window.whorl.identify().then(() => "ok", ({ code, status }) => `${code} ${status}`))));
        assert.ok(all.value.includes("rate_limit 429"), all.value.join());
    });
});

test("a policy that forbids the address is told from a network that fails", async () => {
    await open("/blocked", async (page) => assert.equal((await identify(page)).error.code, "csp"));
    await open("/", async (page) => {
        await page.evaluate(() => window.whorl.configure({ endpoint: "http://127.0.0.1:9/x" }));
        assert.equal((await identify(page)).error.code, "network");
    });
});

test("no answer in time, and no time at all", async () => {
    await open("/", async (page) => {
        assert.equal((await identify(page, { timeout: 1 })).error.code, "timeout");
        await page.route(/ci=js/, () => {});
        assert.equal((await identify(page, { timeout: 2500 })).error.code, "timeout");
    });
});

test("the first endpoint that can be reached is taken", async () => {
    await open("/", async (page) => {
        const endpoints = ["http://127.0.0.1:9/x", `${whorl.url}/v1/identify`];
        await page.evaluate((endpoint) => window.whorl.configure({ endpoint }), endpoints);
        isIdentified(await identify(page));
    });
});

test("a network failure is tried once more within the time", async () => {
    await open("/", async (page) => {
        let asked = 0;
        await page.route(/ci=js/, (route) => (asked++ === 0 ? route.abort("connectionreset") : route.continue()));
        isIdentified(await identify(page));
        assert.equal(asked, 2);
    });
});

test("offline, then online", async () => {
    await open("/", async (page) => {
        await browser.context.setOffline(true);
        try {
            assert.equal((await identify(page)).error.code, "network");
        } finally {
            await browser.context.setOffline(false);
        }
        isIdentified(await identify(page));
    });
});

test("a strict policy with a nonce, frozen prototypes and a patched fetch", async () => {
    for (const path of ["/frozen", "/patched"]) {
        await open(path, async (page) => isIdentified(await identify(page)));
    }
    await open("/nonce", async (page, { said }) => {
        const answer = await page.evaluate(() => window.whorl.identify().then(({ visitorId }) => visitorId, String));
        assert.match(answer, /^iq_/);
        // The worker probe is the one thing such a page forbids; its report is no error of the agent's.
        assert.deepEqual(said.filter((text) => !/worker|frame|style|blob|Content Security/i.test(text)), []);
    });
});

test("a frame of another site, and a sandboxed one without an origin", async () => {
    for (const path of ["/frame", "/sandbox"]) {
        await open(path, async (page) => {
            const frame = page.frames()[1];
            await frame.waitForFunction(() => window.whorl);
            const identified = () => window.whorl.identify().then(({ visitorId }) => visitorId, String);
            const answer = await frame.evaluate(identified);
            assert.match(answer, /^iq_/, path);
        });
    }
});

test("two tabs at once are one visitor", async () => {
    await open("/", async (one) => {
        await open("/other", async (two) => {
            await identify(one);
            const [a, b] = await Promise.all([identify(one), identify(two)]);
            assert.equal(a.value.visitorId, b.value.visitorId);
            assert.notEqual(a.value.requestId, b.value.requestId);
        });
    });
});

test("a page that comes back from the back-forward cache identifies again", async () => {
    // The page does it by itself: the driver loses sight of pages that lie in that cache.
    await open("/", async (page) => {
        const { visitorId } = (await identify(page)).value;
        await page.goto(`${pages.url}/back-forward`);
        const visits = await visitsOf(visitorId, "came back: true");
        assert.equal(visits.length, 1);
    });
});

test("a page that is left while it is read tells what it had read", async () => {
    await open("/", async (page) => {
        const { visitorId } = (await identify(page)).value;
        await page.evaluate(() => {
            // A source that never answers, so that the page is left in the middle.
            navigator.storage.estimate = () => new Promise(() => {});
            window.whorl.identify({ linkedId: "left" });
        });
        await page.waitForTimeout(700);
        await page.goto(`${pages.url}/other`);
        const [visit] = await visitsOf(visitorId, "left");
        assert.equal(visit?.linkedId, "left");
        assert.equal(visit.url, `${pages.url}/`);
    });
});

test("blocked cookies and storage: identified all the same", async () => {
    const strict = await startBrowser();
    try {
        await strict.context.addInitScript(() => {
            for (const name of ["localStorage", "sessionStorage"])
                Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
            Object.defineProperty(Document.prototype, "cookie", { get: () => "", set() {} });
        });
        await onPage(strict.context, pages.url, async (page) => {
            await page.evaluate(() => window.whorl.configure({ cache: { storage: "local" } }));
            isIdentified(await identify(page));
            await strict.context.clearCookies();
            isIdentified(await identify(page));
        });
    } finally {
        await strict.remove();
    }
});
