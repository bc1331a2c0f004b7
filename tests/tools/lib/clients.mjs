// Programs without a browser that post a browser's body: with nothing of their own changed, under a browser's
// name, and with all of a browser's headers. A client is
//
//     { name, expect: a reason, post({ http, https, key, authority, body, headers }) -> the answer }
//
// `http` and `https` are the URLs to post to, `headers` a browser's, in its order.

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const json = ["Content-Type", "application/json"];
const agentOf = (headers) => headers.find(([name]) => name === "User-Agent");
/* Host and the length, where the client does not write them by itself. */
const framed = (url, headers, body) => [
    ["Host", new URL(url).host], ["Connection", "keep-alive"], ...headers,
    ["Content-Length", `${Buffer.byteLength(body)}`],
];

async function curl(url, { folder, authority, body }, headers, ...flags) {
    const file = join(folder, "body.json");
    await writeFile(file, body);
    const lines = headers.flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
    const trust = ["--noproxy", "*", "--cacert", authority.file];
    const args = ["-sS", ...trust, ...flags, ...lines, "--data-binary", `@${file}`, url];
    return JSON.parse((await run("curl", args)).stdout);
}

async function python(url, { folder, authority, body }, headers) {
    const program = `
import json, ssl, sys, urllib.request
url, ca, body, headers = sys.argv[1], sys.argv[2], sys.argv[3], dict(json.loads(sys.argv[4]))
context = ssl.create_default_context(cafile=ca)
request = urllib.request.Request(url, open(body, "rb").read(), headers)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                     urllib.request.HTTPSHandler(context=context))
print(opener.open(request).read().decode())
`;
    const file = join(folder, "body.json");
    await writeFile(file, body);
    const args = ["-c", program, url, authority.file, file, JSON.stringify(headers)];
    return JSON.parse((await run("python3", args)).stdout);
}

async function node(url, { authority, body }, headers) {
    const { protocol, hostname, port, pathname: path } = new URL(url);
    const ca = await authority.pem;
    const send = protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
        const options = { hostname, port, path, ca, method: "POST", agent: false };
        const outgoing = send({ ...options, headers: headers.flat() }, (incoming) => {
            let text = "";
            incoming.setEncoding("utf8").on("data", (part) => (text += part));
            incoming.on("end", () => resolve(JSON.parse(text)));
        });
        outgoing.on("error", reject);
        outgoing.end(body);
    });
}

const nodeFetch = async (url, { body }, headers) =>
    (await fetch(url, { method: "POST", headers, body })).json();

const withKey = ({ key }, ...headers) => [...headers, json, ["X-API-Key", key]];
const whole = ({ headers, key }) => [...headers, ["X-API-Key", key]];

export const clients = [
    { name: "curl", expect: "BOT_DECLARED", post: (to) => curl(to.http, to, withKey(to)) },
    {
        name: "curl as Chromium",
        expect: "BOT_FETCH_MISSING",
        post: (to) => curl(to.http, to, withKey(to, agentOf(to.headers))),
    },
    {
        name: "curl as Chromium, over TLS and HTTP/2, all headers",
        expect: "BOT_HTTP2_FAMILY",
        post: (to) => curl(to.https, to, whole(to), "--http2"),
    },
    { name: "Node's fetch", expect: "BOT_DECLARED", post: (to) => nodeFetch(to.http, to, withKey(to)) },
    {
        name: "Node's fetch as Chromium",
        expect: "BOT_FETCH_MISSING",
        post: (to) => nodeFetch(to.http, to, withKey(to, agentOf(to.headers))),
    },
    {
        name: "Node's fetch as Chromium, all headers",
        expect: "BOT_HEADERS_MIXED",
        post: (to) => nodeFetch(to.http, to, whole(to)),
    },
    {
        name: "Node's http",
        expect: "BOT_NO_USER_AGENT",
        post: (to) => node(to.http, to, framed(to.http, withKey(to), to.body)),
    },
    {
        name: "Node's http as Chromium",
        expect: "BOT_FETCH_MISSING",
        post: (to) => node(to.http, to, framed(to.http, withKey(to, agentOf(to.headers)), to.body)),
    },
    {
        name: "Node's https as Chromium, all headers in their order",
        expect: "BOT_TLS_PROGRAM",
        post: (to) => node(to.https, to, framed(to.https, whole(to), to.body)),
    },
    { name: "Python's urllib", expect: "BOT_DECLARED", post: (to) => python(to.http, to, withKey(to)) },
    {
        name: "Python's urllib as Chromium",
        expect: "BOT_FETCH_MISSING",
        post: (to) => python(to.http, to, withKey(to, agentOf(to.headers))),
    },
    {
        name: "Python's urllib as Chromium, all headers",
        expect: "BOT_HEADER_SPELLING",
        post: (to) => python(to.http, to, whole(to)),
    },
    {
        name: "Python's urllib as Chromium, over TLS, all headers",
        // which ciphers it offers, and so BOT_TLS_PROGRAM, depends on the Python
        expect: "BOT_TLS_FAMILY",
        post: (to) => python(to.https, to, whole(to)),
    },
    {
        name: "Node's http as Chromium, all headers in their order",
        expect: null,
        post: (to) => node(to.http, to, framed(to.http, whole(to), to.body)),
    },
];
