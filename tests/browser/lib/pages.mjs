// Pages of a customer's site for tests, each made of a text and headers, on a host of its own; and a
// Chromium without a window to open them in.
//
//   const pages = await startPages({ "/": { html } });      // pages.url, pages.set(path, page)
//   const browser = await startBrowser({ flags });          // browser.context, browser.remove()

import { createServer } from "node:http";
import { join } from "node:path";

import { chromium as playwright } from "playwright-core";

import { prepareChromium } from "./chromium.mjs";

export const html = (head, body = "<p>text</p>") =>
    `<!doctype html><html lang="en"><title>page</title><link rel="icon" href="data:,">${head}${body}</html>`;

/* A page is { html, headers } or { script }, or a function of the request that gives one. */
export async function startPages(pages) {
    const server = createServer((request, response) => {
        const found = pages[new URL(request.url, "http://x").pathname];
        const page = typeof found === "function" ? found(request) : found;
        const type = page?.script === undefined ? "text/html; charset=utf-8" : "text/javascript";
        response.writeHead(page ? 200 : 404, { "Content-Type": type, ...page?.headers });
        response.end(page?.script ?? page?.html);
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address();
    return {
        port,
        url: `http://127.0.0.1:${port}`,
        close() {
            server.close();
            server.closeAllConnections();
        },
    };
}

/* A page that takes what another one posts, as JSON. */
export const reportPage = (take) => (request) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => take(JSON.parse(text)));
    return { html: "" };
};

export async function startBrowser({ flags = [], headless = true, display } = {}) {
    const chromium = await prepareChromium();
    const profile = await chromium.newProfile();
    const context = await playwright.launchPersistentContext(join(profile, "chromium"), {
        executablePath: chromium.launcher,
        chromiumSandbox: chromium.sandboxed,
        env: chromium.environment(profile, display),
        headless,
        args: flags,
        ignoreDefaultArgs: ["--disable-back-forward-cache"],
    });
    return {
        context,
        async remove() {
            await context.close();
            await chromium.remove();
        },
    };
}

/* Opens a page and gives it to `use`, with what it posted and what it said. */
export async function onPage(context, url, use) {
    const page = await context.newPage();
    const posted = [];
    const said = [];
    page.on("request", (request) => request.method() === "POST" && posted.push(request));
    page.on("console", (message) => message.type() === "error" && said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    try {
        await page.goto(url);
        return await use(page, { posted, said });
    } finally {
        await page.close();
    }
}

/* Calls `text`, a function of the page, and resolves with { value } or { error } as plain data. */
export const attempt = (page, text, given) =>
    page.evaluate(
        async ([source, argument]) => {
            try {
                return { value: await (0, eval)(`(${source})`)(argument) };
            } catch (error) {
                const { name, message, code, status, reason, requestId, event_id } = error;
                const isError = error instanceof Error;
                return { error: { isError, name, message, code, status, reason, requestId, event_id } };
            }
        },
        [text.toString(), given],
    );
