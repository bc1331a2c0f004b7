// Pages that collect the agent's signals without a server: the sources alone, whatever the agent's interfaces do.
//
//   const pages = await startSignalsPages();
//   await page.goto(pages.url("/"));  await page.evaluate((options) => collectSignals(options), {})
//   const body = pages.next();  then open pages.url("/auto") in a browser that nobody drives

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

import { repository } from "../../lib/whorl.mjs";

const { build } = createRequire(join(repository, "tools/package.json"))("esbuild");

/* The sources as one script; `extra` is code with which it goes on. */
export async function signalsBundle(extra = "") {
    const contents = `
        import { collect } from "./agent/collect.ts";
        import { sources } from "./agent/sources.ts";
        import { watchBehavior } from "./agent/behavior.ts";
        Object.assign(window, { watchBehavior, collectSignals: (options) => collect(sources, options) });
        ${extra}`;
    const result = await build({
        stdin: { contents, resolveDir: repository, loader: "ts" },
        bundle: true,
        minify: true,
        format: "iife",
        target: ["chrome90", "firefox90", "safari15"],
        write: false,
        logLevel: "warning",
    });
    return result.outputFiles[0].text;
}

const patches = {
    "/": "",
    "/auto": "",
    "/frozen": "Object.freeze(Object.prototype)",
    "/patched": `
        const broken = () => { throw new Error("patched"); };
        window.fetch = broken;
        window.Promise = function () { throw new Error("patched"); };
        JSON.parse = JSON.stringify = broken;
        Function.prototype.toString = broken;
        Object.defineProperty(Navigator.prototype, "userAgent", { get: broken });
        HTMLCanvasElement.prototype.toDataURL = broken`,
};

const policies = {
    "/trusted": "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'",
};

/* With ?loads=N the page loads itself again until it has collected N times; ?probes=webrtc,wallets asks for those. */
const auto = `
    const at = new URL(location.href);
    const probes = at.searchParams.get("probes")?.split(",");
    collectSignals({ probes }).then((signals) => fetch("/result", {
        method: "POST",
        body: JSON.stringify({ signals, at: location.search }),
    })).then(() => {
        const left = Number(at.searchParams.get("loads") ?? 1) - 1;
        document.title = left > 0 ? "again" : "done";
        at.searchParams.set("loads", left);
        if (left > 0) location.replace(at);
    }, (error) => (document.title = "failed: " + error));`;

class Pages {
    #server;
    #scripts;
    #waiting = [];
    #arrived = [];

    async start() {
        this.#scripts = { "/signals.js": await signalsBundle() };
        this.#scripts["/auto.js"] = await signalsBundle(auto);
        this.#server = createServer((request, response) => this.#serve(request, response));
        await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    }

    url(path) {
        return `http://127.0.0.1:${this.#server.address().port}${path}`;
    }

    /* What the next page at /auto sends. */
    next() {
        const arrived = this.#arrived.shift();
        if (arrived) return Promise.resolve(arrived);
        return new Promise((resolve) => this.#waiting.push(resolve));
    }

    #serve(request, response) {
        const { pathname } = new URL(request.url, "http://localhost");
        const script = this.#scripts[pathname];
        if (script) {
            response.writeHead(200, { "Content-Type": "text/javascript" });
            response.end(script);
        } else if (pathname === "/result") {
            this.#receive(request, response);
        } else {
            this.#page(pathname, response);
        }
    }

    #receive(request, response) {
        let text = "";
        request.setEncoding("utf8").on("data", (part) => (text += part));
        request.on("end", () => {
            response.end();
            const body = JSON.parse(text);
            const waiting = this.#waiting.shift();
            if (waiting) waiting(body);
            else this.#arrived.push(body);
        });
    }

    #page(path, response) {
        const headers = { "Content-Type": "text/html; charset=utf-8" };
        if (policies[path]) headers["Content-Security-Policy"] = policies[path];
        response.writeHead(200, headers);
        const script = path === "/auto" ? "/auto.js" : "/signals.js";
        const before = patches[path] ? `<script>${patches[path]}</script>` : "";
        const body = path === "/framed"
            ? '<iframe sandbox="allow-scripts" src="/"></iframe>'
            : `<p>text</p>${before}<script src="${script}"></script>`;
        response.end(`<!doctype html><html lang="en"><title>page</title>
            <link rel="icon" href="data:,">${body}</html>`);
    }

    close() {
        this.#server.close();
        this.#server.closeAllConnections();
    }
}

export async function startSignalsPages() {
    const pages = new Pages();
    await pages.start();
    return pages;
}
