// Programs without a browser that post a browser's body: with nothing of their own changed, under a browser's
// name, and with all of a browser's headers. A client is
//
//     { name, expect: a reason, kind, fresh, post({ http, https, key, authority, body, headers }) -> the answer }
//
// `kind` is the body to send if not a Chromium's (bodies.mjs); `fresh`: its clock is put to now, so that its age
// gives nothing away. `http` and `https` are the URLs to post to, `headers` a browser's, in its order.

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { connect as http2Connect } from "node:http2";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";

import { placeOrigin } from "../../lib/whorl.mjs";

const run = promisify(execFile);
const json = ["Content-Type", "application/json"];
const chromiumCiphers = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"].join(":");
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

/* Python's requests, or httpx, which speaks HTTP/2 as well. */
async function pythonLibrary(library, url, { folder, authority, body }, headers) {
    const program = `
import json, sys
library, url, ca, body, headers = *sys.argv[1:4], open(sys.argv[4], "rb").read(), dict(json.loads(sys.argv[5]))
if library == "httpx":
    import httpx
    answer = httpx.Client(verify=ca, trust_env=False, http2=True).post(url, content=body, headers=headers)
else:
    import requests
    session = requests.Session()
    session.trust_env = False
    answer = session.post(url, data=body, headers=headers, verify=ca)
print(answer.text)
`;
    const file = join(folder, "body.json");
    await writeFile(file, body);
    const args = ["-c", program, library, url, authority.file, file, JSON.stringify(headers)];
    // Debian's, which the Debian packages are for
    return JSON.parse((await run("/usr/bin/python3", args)).stdout);
}

/* With the settings, the window and the order of pseudo-headers that Chromium has. */
async function nodeAsChromiumHttp2(url, { authority, body }, headers) {
    const { origin, host, pathname } = new URL(url);
    const settings = {
        headerTableSize: 65536, enablePush: false, initialWindowSize: 6291456, maxHeaderListSize: 262144,
    };
    const session = http2Connect(origin, { ca: await authority.pem, settings, ciphers: chromiumCiphers });
    try {
        await new Promise((resolve, reject) => session.once("connect", resolve).once("error", reject));
        session.setLocalWindowSize(15663105 + 65535);
        const stream = session.request({
            ":method": "POST", ":authority": host, ":scheme": "https", ":path": pathname,
            "content-length": Buffer.byteLength(body),
            ...Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
        });
        stream.setEncoding("utf8").end(body);
        let text = "";
        for await (const part of stream) text += part;
        return JSON.parse(text);
    } finally {
        session.close();
    }
}

const nodeFetch = async (url, { body }, headers) =>
    (await fetch(url, { method: "POST", headers, body })).json();

/* Behind the length comes what a page's script sends, or what opening a page sends. */
const inPlace = (url, headers, body) => {
    const [host, connection, ...rest] = framed(url, headers, body);
    return [host, connection, rest.at(-1), ...rest.slice(0, -1)];
};
const asPage = ({ headers }) => headers.map(([name, value]) => {
    const changed = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", Accept: "text/html,*/*;q=0.8" };
    return [name, changed[name] ?? value];
});

/* Perl draws the order of a hash's members anew in each run, and so that of the headers: the seed says which. */
async function perl(url, { folder, body }, headers, seed) {
    const program = `
use HTTP::Tiny; use JSON::PP; binmode STDOUT;
my ($url, $file, $headers) = @ARGV;
open my $in, "<:raw", $file; local $/; my $body = <$in>;
my $answer = HTTP::Tiny->new->post($url, { content => $body, headers => decode_json($headers) });
print $answer->{content};
`;
    const file = join(folder, "body.json");
    await writeFile(file, body);
    const args = ["-e", program, url, file, JSON.stringify(Object.fromEntries(headers))];
    const env = { ...process.env, PERL_HASH_SEED: `${seed}`, PERL_PERTURB_KEYS: "0" };
    return JSON.parse((await run("perl", args, { env })).stdout);
}

const withKey = ({ key }, ...headers) => [...headers, json, ["X-API-Key", key]];
/* All of them, Origin too, where Chromium puts them. */
const placed = ({ headers, key }) => {
    const origin = headers.find(([name]) => name === "Origin");
    return placeOrigin([...headers.filter((header) => header !== origin), ["X-API-Key", key]], origin[1]);
};
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
        name: "Node's http as Chromium, all headers, the length last",
        expect: "BOT_LENGTH_PLACE",
        post: (to) => node(to.http, to, framed(to.http, whole(to), to.body)),
    },
    {
        name: "Node's http as Chromium, the headers of opening a page",
        expect: "BOT_NAVIGATION",
        post: (to) => node(to.http, to, inPlace(to.http, [...asPage(to), ["X-API-Key", to.key]], to.body)),
    },
    { name: "Perl's HTTP::Tiny", expect: "BOT_DECLARED", post: (to) => perl(to.http, to, withKey(to), 1) },
    {
        name: "Perl's HTTP::Tiny as Chromium, all headers",
        expect: "BOT_LENGTH_PLACE",
        post: (to) => perl(to.http, to, whole(to), 1),
    },
    {
        // the one order in about eight that has the length where Chromium has it
        name: "Perl's HTTP::Tiny as Chromium, all headers, a lucky order",
        expect: null,
        post: (to) => perl(to.http, to, whole(to), 18),
    },
    {
        name: "Python's requests as Chromium, all headers",
        expect: "BOT_HEAD_PLACE",
        fresh: true,
        post: (to) => pythonLibrary("requests", to.http, to, placed(to)),
    },
    {
        name: "Python's requests as Safari on an iPhone, over TLS, all headers",
        expect: "BOT_TLS_PROGRAM",
        kind: "safari-iphone",
        fresh: true,
        post: (to) => pythonLibrary("requests", to.https, to, placed(to)),
    },
    {
        name: "Python's httpx as Firefox, over TLS and HTTP/2, all headers",
        expect: "BOT_TLS_PROGRAM",
        kind: "firefox-linux",
        fresh: true,
        post: (to) => pythonLibrary("httpx", to.https, to, placed(to)),
    },
    {
        name: "curl as Firefox, over TLS and HTTP/2, all headers",
        expect: "BOT_TLS_FAMILY",
        kind: "firefox-linux",
        fresh: true,
        post: (to) => curl(to.https, to, placed(to), "--http2"),
    },
    {
        name: "Node's http2 as Chromium, its settings, ciphers and all headers",
        expect: "BOT_PRIORITY_MISSING",
        fresh: true,
        post: (to) => nodeAsChromiumHttp2(to.https, to, placed(to)),
    },
    {
        name: "Node's http as Chromium, all headers where that browser puts them",
        expect: null,
        post: (to) => node(to.http, to, inPlace(to.http, placed(to), to.body)),
    },
];
