// nginx, HAProxy and Apache as trusted proxies in front of the real server, each with nothing set but where to pass
// requests on and X-Forwarded-For: what they do to a request (HTTP/1.0, "Connection: close", names in lower case,
// another order) convicts nobody behind them, and the facts of a connection that is the proxy's are absent.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { bodies } from "../bodies/bodies.mjs";
import { send } from "../lib/http.mjs";
import { freePort, placeOrigin, startWhorl } from "../lib/whorl.mjs";
import { controls } from "../tools/lib/controls.mjs";
import { startSite } from "../tools/lib/site.mjs";
import { prepareBrowsers } from "./lib/browsers.mjs";

const startTimeoutMs = 20_000;
const client = "198.51.100.4";
const modules = ["mpm_event", "authz_core", "proxy", "proxy_http"]
    .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
    .join("\n");

/* { what: [the program, its configuration, its arguments] } */
const proxies = {
    nginx: ["/usr/sbin/nginx", ({ folder, port, to }) => `
daemon off; pid ${folder}/pid; error_log stderr; ${process.getuid() === 0 ? "user root;" : ""}
events {}
http {
    access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
    server {
        listen 127.0.0.1:${port};
        location / {
            proxy_pass http://127.0.0.1:${to};
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }
    }
}
`, (file) => ["-c", file]],
    HAProxy: ["/usr/sbin/haproxy", ({ port, to }) => `
defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s
    option forwardfor
frontend clients
    bind 127.0.0.1:${port}
    default_backend whorl
backend whorl
    server one 127.0.0.1:${to}
`, (file) => ["-db", "-f", file]],
    Apache: ["/usr/sbin/apache2", ({ folder, port, to }) => `
ServerRoot ${folder}
ServerName localhost
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/errors
${modules}
${process.getuid() === 0 ? "User www-data\nGroup www-data" : ""}
Listen 127.0.0.1:${port}
ProxyPass / http://127.0.0.1:${to}/
`, (file) => ["-D", "FOREGROUND", "-f", file]],
};

async function startProxy([program, configure, args], to) {
    const folder = await mkdtemp(join(tmpdir(), "whorl-proxy-"));
    const [port, file] = [await freePort(), join(folder, "conf")];
    await writeFile(file, configure({ folder, port, to }));
    const child = spawn(program, args(file), { stdio: ["ignore", "ignore", "pipe"] });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (log += text));
    const ended = once(child, "close");
    const stop = async () => {
        child.kill("SIGTERM");
        await ended;
        await rm(folder, { recursive: true, force: true });
    };
    for (const deadline = Date.now() + startTimeoutMs; ; await sleep(50)) {
        const answer = await send({ port, path: "/readyz" }).catch(() => undefined);
        if (answer?.status === 200) return { port, stop };
        if (child.exitCode === null && Date.now() < deadline) continue;
        await stop();
        throw new Error(`${program} does not answer: ${log}`);
    }
}

for (const [name, how] of Object.entries(proxies)) {
    describe(`behind ${name}`, () => {
        let whorl, proxy, site, browsers, desktop, chromium, firefox;
        before(async () => {
            whorl = await startWhorl({ flags: ["--trusted-proxy", "127.0.0.1"] });
            proxy = await startProxy(how, whorl.port);
            site = await startSite({ url: `http://127.0.0.1:${proxy.port}`, publicKey: whorl.publicKey });
            browsers = await prepareBrowsers();
            ({ desktop, chromium, firefox } = browsers);
        });
        after(async () => {
            await browsers?.remove();
            site?.close();
            await proxy?.stop();
            await whorl?.remove();
        });

        async function eventOf({ requestId }) {
            const event = await whorl.get(`/v1/events/${requestId}`, { auth: "bearer" });
            assert.equal(event.status, 200, event.text);
            const { reasons, signals } = event.json;
            assert.equal(signals.server.tls, undefined);
            for (const fact of ["rttMs", "tcpSyn", "tcpOs", "headerOrder"]) {
                assert.equal(signals.server.connection[fact], undefined, fact);
            }
            return { bot: reasons.bot ?? [], ip: event.json.ip };
        }

        for (const control of controls.filter((one) => /^(Chromium|Firefox ESR) with a window$/.test(one.name))) {
            test(`${control.name} is left alone`, async () => {
                const visit = site.expect();
                const profile = await control.newProfile({ chromium, firefox });
                const close = await control.open(visit.url, { chromium, firefox, desktop, profile });
                try {
                    const answer = await visit.answered;
                    assert.ok(answer.requestId, JSON.stringify(answer));
                    assert.deepEqual((await eventOf(answer)).bot, []);
                } finally {
                    await close();
                }
            });
        }

        test("headers that only a program's connection would have convict nobody", async () => {
            const { body, headers } = bodies["headed-linux"]();
            const sent = placeOrigin(headers, new URL(body.url).origin).toReversed();
            const more = [["X-API-Key", whorl.publicKey], ["X-Forwarded-For", client]];
            const answer = await send({
                port: proxy.port, method: "POST", path: "/v1/identify",
                headers: [...sent, ...more], body: JSON.stringify(body),
            });
            assert.equal(answer.status, 200, answer.text);
            const { bot, ip } = await eventOf(answer.json);
            assert.deepEqual(bot, []);
            assert.equal(ip, client);
        });

        test("curl, which says what it is, is caught", async () => {
            const { body } = bodies["headed-linux"]();
            const url = `http://127.0.0.1:${proxy.port}/v1/identify`;
            const { stdout } = await promisify(execFile)("curl", [
                "-sS", "--noproxy", "*", "-H", "Content-Type: application/json",
                "-H", `X-API-Key: ${whorl.publicKey}`, "--data-binary", JSON.stringify(body), url,
            ]);
            assert.deepEqual((await eventOf(JSON.parse(stdout))).bot.slice(0, 1), ["BOT_DECLARED"]);
        });
    });
}
