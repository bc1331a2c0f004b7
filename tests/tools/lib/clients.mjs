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

import { placeOrigin } from "../../lib/whorl.mjs";

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
        name: "Node's http as Chromium, all headers where that browser puts them",
        expect: null,
        post: (to) => node(to.http, to, inPlace(to.http, placed(to), to.body)),
    },
];
