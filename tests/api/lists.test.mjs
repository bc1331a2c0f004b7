// Lists of addresses: --list, its facts in events and /readyz, reload, `whorl lists check`; and feeds
// from a TLS server of our own that misbehaves in every way a publisher can.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import {
    existsSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    renameSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";

import { bodies } from "../bodies/bodies.mjs";
import { binary, startWhorl } from "../lib/whorl.mjs";

const { body, headers } = bodies["headed-linux"]();
const home = mkdtempSync(join(tmpdir(), "whorl-lists-"));
after(() => rmSync(home, { recursive: true, force: true }));

function putFile(name, text) {
    const path = join(home, name);
    writeFileSync(`${path}.part`, text);
    renameSync(`${path}.part`, path);
    return path;
}

/* Resolves with { code, out, err }. */
function run(...args) {
    return new Promise((resolve) => {
        execFile(binary, args, { timeout: 60_000 }, (error, out, err) =>
            resolve({ code: error ? error.code : 0, out, err }),
        );
    });
}

/* Asks until it is so; a server looks at its files every two seconds. */
async function until(ask, what) {
    const deadline = Date.now() + 30_000;
    while (!(await ask())) {
        assert.ok(Date.now() < deadline, `never: ${what}`);
        await sleep(100);
    }
}

async function eventFrom(whorl, address) {
    const more = [...headers, ["X-Forwarded-For", address]];
    const answer = await whorl.identify(body, { headers: more });
    assert.equal(answer.status, 200);
    const event = await whorl.get(`/v1/events/${answer.json.requestId}`, { auth: "bearer" });
    assert.equal(event.status, 200);
    return event.json;
}

describe("--list", () => {
    let whorl, tor, broken;
    before(async () => {
        tor = putFile("exits.txt", "185.220.101.1\n10.0.0.0/8\n");
        broken = putFile("broken.txt", "<html>no</html>\n");
        const aws = putFile("aws-ipv4.json", '{"prefixes":[{"ip_prefix":"3.5.140.0/22"}]}');
        const bots = putFile("bots.csv", "66.249.64.0/19,US,,\n");
        const flags = ["--trusted-proxy", "127.0.0.1"];
        for (const list of [
            `tor:exits=${tor}`,
            `vpn=${broken}`,
            `cloud=${aws}`,
            `goodbot:google=${bots}`,
        ]) {
            flags.push("--list", list);
        }
        whorl = await startWhorl({ flags });
    });
    after(() => whorl?.remove());

    test("tells an event which lists hold its address", async () => {
        const { signals } = await eventFrom(whorl, "185.220.101.1");
        assert.deepEqual(signals.server.lists, {
            known: ["tor", "cloud", "goodbot"],
            hit: ["tor"],
            entries: [{ kind: "tor", name: "exits", network: "185.220.101.1/32" }],
        });
    });

    test("names the datacenter and the good bot", async () => {
        const cloud = (await eventFrom(whorl, "3.5.141.7")).signals.server.lists;
        assert.equal(cloud.datacenter, "aws");
        assert.deepEqual(cloud.entries, [{ kind: "cloud", name: "aws", network: "3.5.140.0/22" }]);
        assert.equal(
            (await eventFrom(whorl, "66.249.66.1")).signals.server.lists.goodBot,
            "google",
        );
    });

    test("an address that no list holds has a group without hits, a private one has none", async () => {
        const { lists } = (await eventFrom(whorl, "73.0.0.1")).signals.server;
        assert.deepEqual(lists, { known: ["tor", "cloud", "goodbot"], hit: [] });
        assert.equal((await eventFrom(whorl, "10.1.2.3")).signals.server.lists, undefined);
    });

    test("adds no key to the closed schemas of v3 and v4", async () => {
        const more = [...headers, ["X-Forwarded-For", "185.220.101.1"]];
        const { json } = await whorl.identify(body, { headers: more });
        for (const path of [`/v4/events/${json.requestId}`, `/events/${json.requestId}`]) {
            const auth = path.startsWith("/v4") ? "bearer" : "header";
            const { text, status } = await whorl.get(path, { auth });
            assert.equal(status, 200);
            assert.doesNotMatch(text, /"lists"|185\.220\.101\.1\/32/);
        }
    });

    test("/readyz and /metrics tell entries, age, memory and what is missing", async () => {
        const { json } = await whorl.get("/readyz");
        const { lists } = json.data;
        assert.ok(lists.bytes > 0);
        assert.deepEqual(
            lists.loaded.map(({ ageSeconds, ...rest }) => rest),
            [
                { kind: "tor", name: "exits", entries: 1 },
                { kind: "vpn", name: "broken", entries: 0, failed: true },
                { kind: "cloud", name: "aws", entries: 1 },
                { kind: "goodbot", name: "google", entries: 1 },
            ],
        );
        assert.ok(lists.loaded[0].ageSeconds >= 0 && lists.loaded[0].ageSeconds < 3600);
        for (const kind of ["vpn", "relay", "proxy", "attack", "spam"]) {
            assert.ok(json.missing.includes(`lists.${kind}`), kind);
        }
        assert.ok(
            !json.missing.includes("lists.tor") && !json.missing.includes("lists.datacenter"),
        );
        assert.match(whorl.log, /vpn:broken: .*refused: line 1 begins with "<"/);
        assert.match(whorl.log, /tor:exits: 1 private or reserved/);
    });

    test("a changed file is used without a restart, a damaged one is not", async () => {
        putFile("exits.txt", "9.9.9.9\n");
        await until(
            async () =>
                (await eventFrom(whorl, "9.9.9.9")).signals.server.lists.hit.includes("tor"),
            "the new file is used",
        );
        assert.deepEqual((await eventFrom(whorl, "185.220.101.1")).signals.server.lists.hit, []);
        putFile("exits.txt", "what is this?\n");
        await until(
            () => /tor:exits: .* is refused/.test(whorl.log),
            "the damaged file is refused",
        );
        assert.match(whorl.log, /the data from before stays in use/);
        assert.deepEqual((await eventFrom(whorl, "9.9.9.9")).signals.server.lists.hit, ["tor"]);
        putFile("broken.txt", "9.9.9.0/24\n");
        await until(
            async () =>
                (await eventFrom(whorl, "9.9.9.9")).signals.server.lists.hit.includes("vpn"),
            "the repaired file is used",
        );
    });

    test("a wrong kind or name is refused at the start", async () => {
        for (const list of ["tors=x", "tor", "tor:a/b=x"]) {
            const { code, err } = await run(
                "serve",
                "--data",
                join(home, "x"),
                "--listen",
                "127.0.0.1:1",
                "--list",
                list,
            );
            assert.equal(code, 1);
            assert.match(err, list === "tor:a/b=x" ? /a list's name has/ : /is not KIND=/);
        }
    });
});

describe("lists check", () => {
    test("explains a file", async () => {
        const path = putFile(
            "netset.txt",
            "# x\n10.0.0.0/8\n1.4.0.0/17\n1.4.1.0/24\n1.4.0.0/17\n1.5.0.1/16\nAS9009 # M\n",
        );
        const { code, out } = await run("lists", "check", path, "--kind", "attack");
        assert.equal(code, 0);
        assert.match(out, /entries {4}5: 4 IPv4, 0 IPv6, 1 AS numbers/);
        assert.match(out, /overlaps {3}1 there twice, 1 inside a wider entry/);
        assert.match(out, /line 2 {5}10\.0\.0\.0\/8: no client on the internet/);
        assert.match(out, /line 6 {5}1\.5\.0\.1\/16: bits behind the network/);
        assert.match(out, /memory {5}\d+ bytes/);
        assert.match(out, /--list attack:netset=/);
    });

    test("says why a file is refused, and which line, with status 1", async () => {
        const path = putFile("wrong.txt", "1.1.1.1\nhello world\n");
        const { code, out } = await run("lists", "check", path);
        assert.equal(code, 1);
        assert.match(out, /refused {4}line 2: .*"hello"/);
        assert.equal((await run("lists", "check", join(home, "absent"))).code, 1);
    });

    test("wrong usage has status 2", async () => {
        assert.equal((await run("lists")).code, 2);
        assert.equal((await run("lists", "check")).code, 2);
        assert.equal((await run("lists", "check", "x", "--kind", "good")).code, 2);
        assert.equal((await run("lists", "update", "--feed", "tor=http://example.org/")).code, 2);
        assert.equal(
            (
                await run(
                    "lists",
                    "update",
                    "--feed",
                    "tor=https://a.example/x",
                    "--feed",
                    "tor=https://b.example/x",
                )
            ).code,
            2,
        );
        assert.equal((await run("lists", "update", "--feed-timeout", "-1")).code, 2);
    });
});

describe("feeds", () => {
    let server, origin, whorl, requests, answer;
    const data = join(home, "data");
    const ca = join(home, "ca.pem");

    function certificate(name, subject) {
        const key = join(home, `${name}.key`),
            cert = join(home, `${name}.pem`);
        execFileSync(
            "openssl",
            [
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=whorl test",
                "-addext",
                `subjectAltName=${subject}`,
                "-keyout",
                key,
                "-out",
                cert,
            ],
            { stdio: "ignore" },
        );
        return { key: readFileSync(key), cert: readFileSync(cert) };
    }

    const update = (...flags) =>
        run(
            "lists",
            "update",
            "--data",
            data,
            "--feed",
            `tor:exits=${origin}/exits`,
            "--feed-ca",
            ca,
            "--feed-allow-private",
            ...flags,
        );
    const copy = () => readFileSync(join(data, "lists/tor.exits"), "utf8");
    const good = (request, response) => {
        response.writeHead(200, { ETag: '"v1"', "Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT" });
        response.end("185.220.101.1\n");
    };
    async function fails(pattern, ...flags) {
        const before = copy();
        const { code, out } = await update(...flags);
        assert.equal(code, 1, out);
        assert.match(out, pattern);
        assert.match(out, /; the copy of 20\d\d-\d\d-\d\d stays\n$/);
        assert.equal(copy(), before);
        assert.deepEqual(
            readdirSync(join(data, "lists")).filter((name) => name.endsWith(".part")),
            [],
        );
    }

    before(async () => {
        server = createServer(certificate("ca", "IP:127.0.0.1"), (request, response) => {
            requests.push({ url: request.url, ...request.headers });
            answer(request, response);
        }).listen(0, "127.0.0.1");
        await new Promise((resolve) => server.once("listening", resolve));
        server.on("tlsClientError", () => {});
        origin = `https://127.0.0.1:${server.address().port}`;
        requests = [];
        answer = good;
    });
    after(() => {
        server.closeAllConnections();
        server.close();
    });

    test("an update that fails before there is a copy says so", async () => {
        answer = (request, response) => response.writeHead(404).end("no");
        const { code, out } = await update();
        assert.equal(code, 1);
        assert.equal(
            out,
            "tor:exits failed: the publisher answered with status 404; there is no copy yet\n",
        );
        assert.ok(!existsSync(join(data, "lists/tor.exits")));
    });

    test("fetches a list", async () => {
        answer = good;
        const { code, out } = await update();
        assert.equal(code, 0, out);
        assert.equal(out, "tor:exits updated: 1 entries (1 IPv4, 0 IPv6, 0 AS numbers)\n");
        assert.equal(copy(), "185.220.101.1\n");
    });

    test("asks with ETag and date, and keeps the copy when nothing changed", async () => {
        requests = [];
        answer = (request, response) => response.writeHead(304).end();
        const { code, out } = await update();
        assert.equal(code, 0);
        assert.equal(out, "tor:exits unchanged\n");
        assert.equal(requests[0]["if-none-match"], '"v1"');
        assert.equal(requests[0]["if-modified-since"], "Fri, 20 Nov 2026 10:00:00 GMT");
        assert.equal(copy(), "185.220.101.1\n");
    });

    test("the version of another address is not sent", async () => {
        requests = [];
        answer = good;
        const { code } = await run(
            "lists",
            "update",
            "--data",
            join(home, "other"),
            "--feed",
            `tor:exits=${origin}/a`,
            "--feed-ca",
            ca,
            "--feed-allow-private",
        );
        assert.equal(code, 0);
        await run(
            "lists",
            "update",
            "--data",
            join(home, "other"),
            "--feed",
            `tor:exits=${origin}/b`,
            "--feed-ca",
            ca,
            "--feed-allow-private",
        );
        assert.equal(requests[1].url, "/b");
        assert.equal(requests[1]["if-none-match"], undefined);
    });

    test("statuses that are no success", async () => {
        for (const status of [204, 206, 403, 404, 429, 500]) {
            answer = (request, response) => response.writeHead(status).end();
            await fails(new RegExp(`answered with status ${status}`));
        }
    });

    test("what is no list", async () => {
        for (const [text, why] of [
            ["<html></html>", /web page/],
            ["", /no entry/],
            ['{"prefixes": [', /ends too early/],
        ]) {
            answer = (request, response) => response.end(text);
            await fails(why);
        }
    });

    test("too large, announced or not", async () => {
        answer = (request, response) =>
            response.writeHead(200, { "Content-Length": 200_000_000 }).write("1.1.1.1\n");
        await fails(/more than 134217728 bytes/);
        answer = (request, response) => {
            const chunk = Buffer.alloc(1 << 20, "1.1.1.1\n");
            const more = () => {
                while (!response.destroyed && response.write(chunk));
            };
            response.on("drain", more);
            more();
        };
        await fails(/more than 134217728 bytes/);
    });

    test("too slow", async () => {
        answer = (request, response) => response.write("1.1.1.1\n");
        await fails(/--feed-timeout is 1 s/, "--feed-timeout", "1");
    });

    test("cut off", async () => {
        answer = (request, response) => {
            response.writeHead(200, { "Content-Length": 100 });
            response.write("1.1.1.1\n");
            setTimeout(() => response.destroy(), 50);
        };
        await fails(/failed: /);
        answer = (request, response) => {
            response.write("1.1.1.1\n"); // chunked, without its end
            setTimeout(() => response.destroy(), 50);
        };
        await fails(/failed: /);
    });

    test("redirects: a few to https, no more, and nothing else", async () => {
        answer = (request, response) =>
            request.url === "/exits"
                ? response.writeHead(302, { Location: "/moved" }).end()
                : good(request, response);
        assert.equal((await update()).code, 0);
        answer = (request, response) => response.writeHead(302, { Location: "/again" }).end();
        await fails(/more than 5 redirects/);
        answer = (request, response) =>
            response.writeHead(302, { Location: "http://127.0.0.1/" }).end();
        await fails(/something else than https/);
        answer = (request, response) =>
            response.writeHead(302, { Location: "file:///etc/passwd" }).end();
        await fails(/something else than https/);
    });

    test("private addresses need the operator's word", async () => {
        requests = [];
        answer = good;
        const port = server.address().port;
        for (const host of [
            "127.0.0.1",
            "localhost",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "10.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "2130706433",
        ]) {
            const { code, out } = await run(
                "lists",
                "update",
                "--data",
                data,
                "--feed",
                `tor:exits=https://${host}:${port}/`,
                "--feed-ca",
                ca,
            );
            assert.equal(code, 1);
            assert.match(out, /private, loopback or reserved; --feed-allow-private/, host);
        }
        assert.deepEqual(requests, []);
    });

    test("a proxy of the environment is not used", async () => {
        process.env.https_proxy = "http://127.0.0.1:1";
        answer = good;
        try {
            assert.equal((await update()).code, 0);
        } finally {
            delete process.env.https_proxy;
        }
    });

    test("a certificate that nobody vouches for, or of another name", async () => {
        requests = [];
        const { code, out } = await run(
            "lists",
            "update",
            "--data",
            data,
            "--feed",
            `tor:exits=${origin}/`,
            "--feed-allow-private",
        );
        assert.equal(code, 1);
        assert.match(out, /certificate/);
        const old = server;
        const other = certificate("other", "DNS:lists.example");
        const wrong = createServer(other, good).listen(0, "127.0.0.1");
        await new Promise((resolve) => wrong.once("listening", resolve));
        wrong.on("tlsClientError", () => {});
        const result = await run(
            "lists",
            "update",
            "--data",
            data,
            "--feed",
            `tor:exits=https://127.0.0.1:${wrong.address().port}/`,
            "--feed-ca",
            join(home, "other.pem"),
            "--feed-allow-private",
        );
        wrong.close();
        assert.equal(result.code, 1);
        assert.match(result.out, /subject name|alternative/);
        assert.deepEqual(requests, []);
        assert.equal(old, server);
    });

    test("an update while another one runs is refused", async () => {
        let open;
        answer = (request, response) => (open = response);
        const first = update();
        await until(() => open, "the first one has begun");
        const second = await update();
        assert.equal(second.code, 1);
        assert.match(second.err, /another update is running/);
        good(null, open);
        assert.equal((await first).code, 0);
    });

    test("the directory that cannot be made is an error", async () => {
        const file = putFile("file", "x");
        const { code, err } = await run(
            "lists",
            "update",
            "--data",
            join(file, "data"),
            "--feed",
            `tor=${origin}/x`,
        );
        assert.equal(code, 1);
        assert.match(err, /cannot be written: Not a directory/);
    });

    test("a running server uses what was fetched, and fetches by itself when told to", async () => {
        const feed = [
            "--trusted-proxy",
            "127.0.0.1",
            "--feed",
            `tor:exits=${origin}/exits`,
            "--feed-ca",
            ca,
            "--feed-allow-private",
        ];
        requests = [];
        answer = good;
        const quiet = await startWhorl({ flags: feed });
        try {
            const { json } = await quiet.get("/readyz");
            assert.deepEqual(json.data.lists.loaded, [{ kind: "tor", name: "exits", entries: 0 }]);
            const { code } = await run("lists", "update", "--data", quiet.data, ...feed);
            assert.equal(code, 0);
            await until(
                async () =>
                    (await eventFrom(quiet, "185.220.101.1")).signals.server.lists?.hit.includes(
                        "tor",
                    ),
                "the fetched list is used",
            );
            assert.equal(requests.length, 1); // the command's: the server asks nobody unless told to
        } finally {
            await quiet.remove();
        }
        const busy = await startWhorl({ flags: [...feed, "--feed-interval", "1"] });
        try {
            await until(
                async () =>
                    (await eventFrom(busy, "185.220.101.1")).signals.server.lists?.hit.includes(
                        "tor",
                    ),
                "the server has fetched the list",
            );
            assert.equal(requests.length, 2);
        } finally {
            await busy.remove();
        }
    });

    test("stopping does not wait for a publisher", async () => {
        let open;
        answer = (request, response) => (open = response);
        const flags = [
            "--feed",
            `tor:exits=${origin}/exits`,
            "--feed-ca",
            ca,
            "--feed-allow-private",
            "--feed-interval",
            "1",
        ];
        whorl = await startWhorl({ flags, keys: false });
        await until(() => open, "the server asks");
        await whorl.remove(); // fails after 20 s, and 300 s is what a feed may take
    });
});
