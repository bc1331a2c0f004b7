// Real clients that post an identification over TLS, each in its own way. A client is a function:
//
//   const answers = await clients.curl({ port, key, authority });   // what the server answered, as objects
//
// `port` is of the passthrough; `authority` is what signed the server's certificate (certificates.mjs).
import { execFile, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { prepareChromium } from "../../browser/lib/chromium.mjs";

const run = promisify(execFile);
const patienceMs = 120_000;
const body = JSON.stringify({ signals: {} });
const path = "/v1/identify";

async function curl({ port, key, authority }, ...flags) {
    const url = `https://localhost:${port}${path}`;
    const headers = ["-H", `X-API-Key: ${key}`, "-H", "Content-Type: application/json"];
    const { stdout } = await run("curl", ["-sS", "--noproxy", "*", "--cacert", authority.file, ...flags,
        ...headers, "-d", body, url]);
    return [JSON.parse(stdout)];
}

/* The three lines that an application would have. */
async function python({ port, key, authority }) {
    const program = `
import json, ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[1])
headers = {"X-API-Key": sys.argv[3], "Content-Type": "application/json"}
request = urllib.request.Request(sys.argv[2], sys.argv[4].encode(), headers)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                     urllib.request.HTTPSHandler(context=context))
print(opener.open(request).read().decode())
`;
    const url = `https://localhost:${port}${path}`;
    const { stdout } = await run("python3", ["-c", program, authority.file, url, key, body]);
    return [JSON.parse(stdout)];
}

async function opensslClient({ port, key, authority }, ...flags) {
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${key}\r\nConnection: close\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const args = ["s_client", "-quiet", "-CAfile", authority.file, "-connect", `127.0.0.1:${port}`];
    const child = spawn("openssl", [...args, ...flags], { stdio: ["pipe", "pipe", "ignore"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (data) => (text += data));
    child.stdin.on("error", () => undefined).write(head + body);
    const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    await new Promise((resolve) => child.once("close", resolve));
    clearTimeout(timer);
    return [JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4))];
}

/* One request by node:https with options of the caller's; resolves with the answer. */
export function nodeRequest({ port, key, ca, ...options }) {
    return new Promise((resolve, reject) => {
        const headers = { "X-API-Key": key, "Content-Type": "application/json" };
        const to = { host: "127.0.0.1", port, servername: "localhost", path, method: "POST" };
        const outgoing = request({ ...to, headers, ca, ...options }, (incoming) => {
            const chunks = [];
            incoming.on("data", (chunk) => chunks.push(chunk));
            incoming.on("end", () => {
                const text = Buffer.concat(chunks).toString();
                try {
                    resolve(JSON.parse(text));
                } catch {
                    reject(new Error(`the answer is ${text}`));
                }
            });
        });
        outgoing.on("error", reject);
        outgoing.end(body);
    });
}

async function nodeHttps({ port, key, authority }) {
    return [await nodeRequest({ port, key, ca: await authority.pem, agent: false })];
}

/* fetch takes further authorities only from the environment of a process. */
async function nodeFetch({ port, key, authority }) {
    const program = `
const [url, key, body] = process.argv.slice(1);
const headers = { "X-API-Key": key, "Content-Type": "application/json" };
const answer = await fetch(url, { method: "POST", headers, body });
console.log(await answer.text());
`;
    const url = `https://localhost:${port}${path}`;
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: authority.file };
    const args = ["--input-type=module", "-e", program, url, key, body];
    const { stdout } = await run(process.execPath, args, { env });
    return [JSON.parse(stdout)];
}

// ---- browsers ----

/* A page of another origin that identifies twice, and tells this process what it was answered. */
async function startPage({ port, key }) {
    let settle;
    const answers = new Promise((resolve) => (settle = resolve));
    const script = `
        const headers = { "X-API-Key": "${key}", "Content-Type": "application/json" };
        const ask = async () => {
            const options = { method: "POST", headers, body: '${body}', credentials: "include" };
            const answer = await fetch("https://localhost:${port}${path}", options);
            return answer.json();
        };
        const tell = (what) => fetch("/told", { method: "POST", body: JSON.stringify(what) });
        (async () => tell([await ask(), await ask()]))().catch((error) => tell(String(error)));`;
    const server = createServer((incoming, outgoing) => {
        const chunks = [];
        incoming.on("data", (chunk) => chunks.push(chunk));
        incoming.on("end", () => {
            if (incoming.url === "/told") {
                settle(JSON.parse(Buffer.concat(chunks).toString()));
            }
            outgoing.setHeader("Content-Type", "text/html");
            outgoing.end(incoming.url === "/" ? `<!doctype html><title>t</title><script>${script}</script>` : "");
        });
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        url: `http://127.0.0.1:${server.address().port}/`,
        async answers() {
            const late = sleep(patienceMs, "nothing in time", { ref: false });
            const told = await Promise.race([answers, late]);
            if (!Array.isArray(told)) {
                throw new Error(`the browser's page said: ${told}`);
            }
            return told;
        },
        stop() {
            server.closeAllConnections();
            server.close();
        },
    };
}

async function chromium({ port, key }) {
    const page = await startPage({ port, key });
    const browser = await prepareChromium();
    try {
        const profile = await browser.newProfile();
        const running = browser.openHeadless(profile, page.url, "--ignore-certificate-errors");
        try {
            return await page.answers();
        } finally {
            await running.close();
        }
    } finally {
        await browser.remove();
        page.stop();
    }
}

const firefoxSettings = {
    "browser.shell.checkDefaultBrowser": false,
    "datareporting.policy.dataSubmissionEnabled": false,
    "app.normandy.enabled": false,
    "app.update.enabled": false,
    "browser.aboutwelcome.enabled": false,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "network.proxy.type": 0,
    "toolkit.telemetry.enabled": false,
};

/* A profile of its own that knows the authority; Firefox reads no system certificates. */
async function firefox({ port, key, authority }) {
    const page = await startPage({ port, key });
    const home = await mkdtemp(join(tmpdir(), "whorl-firefox-"));
    const profile = join(home, "profile");
    await mkdir(profile);
    await chmod(home, 0o700);
    const lines = Object.entries(firefoxSettings).map(([name, value]) =>
        `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
    await writeFile(join(profile, "user.js"), lines.join(""));
    await run("certutil", ["-N", "-d", `sql:${profile}`, "--empty-password"]);
    await run("certutil", ["-A", "-d", `sql:${profile}`, "-n", "whorl", "-t", "C,,", "-i", authority.file]);
    const env = { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: home, LANG: "C.UTF-8",
        MOZ_HEADLESS: "1" };
    const args = ["--headless", "--no-remote", "--profile", profile, page.url];
    const child = spawn("firefox-esr", args, { env, stdio: "ignore", detached: true });
    const ended = new Promise((resolve) => child.once("close", resolve).once("error", resolve));
    const early = ended.then((why) => Promise.reject(new Error(`Firefox ended: ${why}`)));
    try {
        return await Promise.race([page.answers(), early]);
    } finally {
        if (child.exitCode === null && child.pid) {
            process.kill(-child.pid, "SIGKILL"); // it is a group of its own, children included
        }
        await ended;
        await rm(home, { recursive: true, force: true, maxRetries: 5 });
        page.stop();
    }
}

export const clients = {
    curl,
    "curl with TLS 1.2": (how) => curl(how, "--tls-max", "1.2"),
    "curl without HTTP/2": (how) => curl(how, "--http1.1"),
    python,
    "openssl s_client": opensslClient,
    "openssl s_client with one cipher": (how) =>
        opensslClient(how, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-alpn", "http/1.1"),
    "Node's https": nodeHttps,
    "Node's fetch": nodeFetch,
    Chromium: chromium,
    "Firefox": firefox,
};
