// RFC 9113 and 7541, rule by rule, with frames made by hand: what a server has to refuse, and how (a
// whole connection, or one stream), and what it has to put up with. Each case has a connection of its
// own, and afterwards the server must still serve.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import {
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PRIORITY,
    PUSH_PROMISE, RST_STREAM, RawHttp2, SETTINGS, WINDOW_UPDATE, WITH_PRIORITY, block, data, errors,
    frame, headers, number32, preface, request, settings,
} from "../lib/http2_raw.mjs";
import { startWhorl } from "../lib/whorl.mjs";

let whorl;
before(async () => {
    whorl = await startWhorl();
});
after(() => whorl.remove());

const get = (stream, more = []) => headers(stream, request("/healthz", { more }));
const post = (stream, more = []) => headers(stream,
    request("/v1/identify", { method: "POST", more }), { end: false });
const { PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR, COMPRESSION_ERROR,
    ENHANCE_YOUR_CALM } = errors;

async function serves() {
    const answer = await whorl.get("/healthz");
    assert.equal(answer.status, 200);
}

/* The connection ends with one of these codes (a list: RFC 9113 leaves a choice). */
function endsConnection(name, codes, ...pieces) {
    test(`${name}: GOAWAY`, async () => {
        const peer = await RawHttp2.open(whorl.port);
        peer.send(...pieces);
        const code = await peer.end();
        peer.close();
        assert.ok([codes].flat().includes(code), `GOAWAY ${code}, not ${codes}`);
        await serves();
    });
}

/* Stream 1 is reset with one of these codes, and the connection goes on. */
function resetsStream(name, codes, ...pieces) {
    test(`${name}: RST_STREAM`, async () => {
        const peer = await RawHttp2.open(whorl.port);
        peer.send(...pieces);
        const answer = await peer.answer(1);
        assert.equal(answer.status, undefined, `answered with ${answer.status}`);
        assert.ok([codes].flat().includes(answer.reset),
            `reset with ${answer.reset}, not ${codes}`);
        peer.send(get(101));
        assert.equal((await peer.answer(101)).status, 200);
        peer.close();
        await serves();
    });
}

/* Stream 1 is answered with this status, and the connection goes on. */
function answers(name, status, ...pieces) {
    test(`${name}: ${status}`, async () => {
        const peer = await RawHttp2.open(whorl.port);
        peer.send(...pieces);
        const answer = await peer.answer(1);
        assert.equal(answer.status, status, JSON.stringify(answer));
        peer.send(get(101));
        assert.equal((await peer.answer(101)).status, 200);
        peer.close();
        await serves();
    });
}

// ---- 3.4 the preface

test("the first frame of the server is SETTINGS, with our limits", async () => {
    const peer = await RawHttp2.open(whorl.port);
    await peer.until(() => peer.frames.length > 0, "a frame");
    const [first] = peer.frames;
    assert.deepEqual([first.type, first.flags, first.stream], [SETTINGS, 0, 0]);
    const values = {};
    for (let at = 0; at < first.payload.length; at += 6) {
        values[first.payload.readUInt16BE(at)] = first.payload.readUInt32BE(at + 2);
    }
    assert.deepEqual(values, { 3: 100, 4: 32768, 6: 16384 + 32 * 100, 9: 1 });
    peer.close();
});

test("a preface that goes wrong in its second line ends the connection", async () => {
    const peer = await RawHttp2.open(whorl.port,
        { hello: [Buffer.from("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")] });
    await peer.end();
    peer.close();
    await serves();
});

test("a first frame other than SETTINGS ends the connection", async () => {
    const peer = await RawHttp2.open(whorl.port,
        { hello: [preface, frame(PING, 0, 0, Buffer.alloc(8))] });
    assert.equal(await peer.end(), PROTOCOL_ERROR);
    peer.close();
});

test("the preface may come byte by byte", async () => {
    const peer = await RawHttp2.open(whorl.port,
        { hello: [], quiet: true }); // an ACK would come between
    for (const byte of Buffer.concat([preface, settings(), get(1)])) {
        peer.send(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await peer.answer(1)).status, 200);
    peer.close();
});

// ---- 4 frames

endsConnection("a frame longer than SETTINGS_MAX_FRAME_SIZE", FRAME_SIZE_ERROR, post(1),
    frame(DATA, 0, 1, Buffer.alloc(16385)));
endsConnection("a HEADERS frame longer than that", FRAME_SIZE_ERROR,
    frame(HEADERS, END_HEADERS, 1, Buffer.alloc(16385)));
answers("unknown frame types, also on streams", 200, frame(77, 0, 0, Buffer.from("x")),
    frame(200, 255, 1, Buffer.alloc(50)), get(1));
answers("unknown flags", 200,
    frame(HEADERS, END_HEADERS | END_STREAM | 0x42, 1, block(request("/healthz"))));
answers("the reserved bit of a stream id", 200,
    frame(HEADERS, END_HEADERS | END_STREAM, 0x80000001, block(request("/healthz"))));
endsConnection("an unknown frame inside a header block", PROTOCOL_ERROR,
    headers(1, request("/healthz"), { flags: 0 }), frame(77, 0, 0));

// ---- 4.3, 6.10 header blocks and CONTINUATION

{
    const whole = block(request("/healthz"));
    const part = (from, to) => whole.subarray(from, to);
    answers("a block in HEADERS and CONTINUATION", 200,
        frame(HEADERS, END_STREAM, 1, part(0, 10)), frame(CONTINUATION, 0, 1,
            part(10, 20)), frame(CONTINUATION, END_HEADERS, 1, part(20)));
    answers("empty HEADERS, empty CONTINUATION", 200,
        frame(HEADERS, END_STREAM, 1), frame(CONTINUATION, 0, 1), frame(CONTINUATION, END_HEADERS,
            1, whole));
    endsConnection("HEADERS without END_HEADERS, then DATA", PROTOCOL_ERROR,
        frame(HEADERS, 0, 1, whole), data(1, "x"));
    endsConnection("... then HEADERS of another stream", PROTOCOL_ERROR,
        frame(HEADERS, 0, 1, whole), get(3));
    endsConnection("... then PING", PROTOCOL_ERROR, frame(HEADERS, 0, 1, whole),
        frame(PING, 0, 0, Buffer.alloc(8)));
    endsConnection("... then CONTINUATION of another stream", PROTOCOL_ERROR,
        frame(HEADERS, 0, 1, part(0, 9)), frame(CONTINUATION, END_HEADERS, 3, part(9)));
    endsConnection("CONTINUATION after a complete block", PROTOCOL_ERROR, post(1),
        frame(CONTINUATION, END_HEADERS, 1, whole));
    endsConnection("CONTINUATION first", PROTOCOL_ERROR,
        frame(CONTINUATION, END_HEADERS, 1, whole));
    endsConnection("CONTINUATION on stream 0", PROTOCOL_ERROR, frame(HEADERS, 0, 1, part(0, 9)),
        frame(CONTINUATION, END_HEADERS, 0, part(9)));
    endsConnection("more CONTINUATION frames than any list needs", ENHANCE_YOUR_CALM,
        frame(HEADERS, 0, 1, part(0, 1)), ...[1, 2, 3, 4, 5,
            6].map((i) => frame(CONTINUATION, 0, 1, part(i, i + 1))));
}

// ---- HPACK (RFC 7541)

for (const [name, bytes] of [
    ["an index beyond the tables", [0xff, 0xff, 0x0f]],
    ["index 0", [0x80]],
    ["an integer that overflows", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ["a string longer than the block", [0x00, 0x7f, 0x10, 0x61]],
    ["Huffman padding that is none", [0x82, 0x86, 0x84, 0x41, 0x81, 0x00]],
    ["Huffman padding of more than 7 bits", [0x82, 0x86, 0x84, 0x41, 0x83, 0x1f, 0xff, 0xff]],
    ["a table larger than we allow", [0x3f, 0xff, 0xff, 0x0f]],
    ["a size update after a field", [0x82, 0x20]],
    ["a name and no value", [0x00, 0x01, 0x61]],
]) {
    endsConnection(`HPACK: ${name}`, COMPRESSION_ERROR, headers(1, Buffer.from(bytes)));
}

// ---- 5.1 stream states, 5.1.1 ids

endsConnection("HEADERS on stream 0", PROTOCOL_ERROR, get(0));
endsConnection("HEADERS on an even stream", PROTOCOL_ERROR, get(2));
endsConnection("DATA on an idle stream", PROTOCOL_ERROR, data(1, "x"));
endsConnection("DATA on stream 0", PROTOCOL_ERROR, data(0, "x"));
endsConnection("RST_STREAM on an idle stream", PROTOCOL_ERROR,
    frame(RST_STREAM, 0, 1, number32(8)));
endsConnection("RST_STREAM on stream 0", PROTOCOL_ERROR, frame(RST_STREAM, 0, 0, number32(8)));
endsConnection("WINDOW_UPDATE on an idle stream", PROTOCOL_ERROR,
    frame(WINDOW_UPDATE, 0, 1, number32(8)));
endsConnection("PUSH_PROMISE", PROTOCOL_ERROR, post(1),
    frame(PUSH_PROMISE, END_HEADERS, 1, Buffer.concat([number32(2), block(request("/"))])));
test("DATA after END_STREAM is an error of the stream or the connection", async () => {
    const peer = await RawHttp2.open(whorl.port);
    peer.send(get(1), data(1, "x"));
    const answer = await peer.answer(1);
    await peer.until(() => peer.closed || answer.done, "an error");
    assert.ok(answer.status === 200 || [answer.reset, peer.goaway?.code].includes(STREAM_CLOSED));
    peer.close();
    await serves();
});
// RFC 9113 5.1.1 calls these connection errors. nghttp2 passes over them, because they may be trailers
// that crossed our RST_STREAM; what must not happen is that they are served.
test("HEADERS on a closed stream, or on an id that was skipped, are not served", async () => {
    const peer = await RawHttp2.open(whorl.port);
    const heads = () => peer.frames.filter((f) => f.type === HEADERS).length;
    peer.send(get(5));
    assert.equal((await peer.answer(5)).status, 200);
    peer.send(get(5), get(3), get(7));
    assert.equal((await peer.answer(7)).status, 200);
    assert.equal(heads(), 2);
    assert.equal(peer.answers.get(3), undefined);
    peer.close();
    await serves();
});
test("WINDOW_UPDATE, RST_STREAM and PRIORITY on a closed stream are nothing", async () => {
    const peer = await RawHttp2.open(whorl.port);
    peer.send(get(1));
    assert.equal((await peer.answer(1)).status, 200);
    peer.send(frame(WINDOW_UPDATE, 0, 1, number32(8)), frame(RST_STREAM, 0, 1, number32(8)),
        frame(PRIORITY, 0, 1, Buffer.alloc(5)), get(3));
    assert.equal((await peer.answer(3)).status, 200);
    peer.close();
});

// ---- 6.1 DATA, 6.2 HEADERS: padding; 6.3 PRIORITY

answers("padded HEADERS with priority", 200,
    frame(HEADERS, END_HEADERS | END_STREAM | PADDED | WITH_PRIORITY, 1,
    Buffer.concat([Buffer.from([7]), Buffer.from([0, 0, 0, 0, 15]), block(request("/healthz")), Buffer.alloc(7)])));
endsConnection("HEADERS with more padding than frame", PROTOCOL_ERROR,
    frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, Buffer.concat([Buffer.from([255]), block(request("/"))])));
endsConnection("DATA with more padding than frame", PROTOCOL_ERROR, post(1),
    frame(DATA, PADDED, 1, Buffer.from([9, 1, 2, 3])));
answers("padded DATA", 401, post(1),
    frame(DATA, PADDED | END_STREAM, 1, Buffer.concat([Buffer.from([5]), Buffer.from("{}"), Buffer.alloc(5)])));
endsConnection("PRIORITY on stream 0", PROTOCOL_ERROR, frame(PRIORITY, 0, 0, Buffer.alloc(5)));
test("PRIORITY of a wrong length is an error of the stream or the connection", async () => {
    const peer = await RawHttp2.open(whorl.port);
    peer.send(post(1), frame(PRIORITY, 0, 1, Buffer.alloc(4)));
    const answer = await peer.answer(1);
    assert.ok([answer.reset, peer.goaway?.code].includes(FRAME_SIZE_ERROR));
    peer.close();
});

// ---- 6.4 RST_STREAM, 6.5 SETTINGS, 6.7 PING, 6.8 GOAWAY

endsConnection("RST_STREAM of a wrong length", FRAME_SIZE_ERROR, post(1),
    frame(RST_STREAM, 0, 1, Buffer.alloc(3)));
endsConnection("SETTINGS on a stream", PROTOCOL_ERROR, frame(SETTINGS, 0, 1));
endsConnection("SETTINGS of a wrong length", FRAME_SIZE_ERROR,
    frame(SETTINGS, 0, 0, Buffer.alloc(5)));
endsConnection("an acknowledgement with a payload", FRAME_SIZE_ERROR,
    frame(SETTINGS, ACK, 0, Buffer.alloc(6)));
endsConnection("ENABLE_PUSH 2", PROTOCOL_ERROR, settings([[2, 2]]));
endsConnection("INITIAL_WINDOW_SIZE over 2^31-1", FLOW_CONTROL_ERROR, settings([[4, 0x80000000]]));
endsConnection("MAX_FRAME_SIZE under 2^14", PROTOCOL_ERROR, settings([[5, 16383]]));
endsConnection("MAX_FRAME_SIZE over 2^24-1", PROTOCOL_ERROR, settings([[5, 1 << 24]]));
answers("unknown settings", 200, settings([[0x0a0a, 1], [0xfff0, 7]]), get(1));
endsConnection("more settings than anybody has",
    [ENHANCE_YOUR_CALM, PROTOCOL_ERROR, errors.INTERNAL_ERROR],
    settings(Array.from({ length: 40 }, () => [4, 65535]).map(([, v], i) => [i % 6 === 0 ? 4 : 6, v])),
    settings(Array.from({ length: 2000 }, () => [4, 65535])));
test("SETTINGS are acknowledged", async () => {
    const peer = await RawHttp2.open(whorl.port);
    const acks = () => peer.frames.filter((f) => f.type === SETTINGS && f.flags & ACK).length;
    await peer.until(() => acks() === 1, "an acknowledgement");
    peer.send(settings([[3, 5]]), settings([]));
    await peer.until(() => acks() === 3, "three acknowledgements");
    peer.close();
});
test("PING is answered with its own 8 bytes; its answer is not", async () => {
    const peer = await RawHttp2.open(whorl.port);
    peer.send(frame(PING, ACK, 0, Buffer.from("answer!!")),
        frame(PING, 0, 0, Buffer.from("question")));
    await peer.until(() => peer.frames.some((f) => f.type === PING), "a PING");
    const pings = peer.frames.filter((f) => f.type === PING);
    assert.deepEqual(pings.map((f) => [f.flags, f.payload.toString()]), [[ACK, "question"]]);
    peer.close();
});
endsConnection("PING on a stream", PROTOCOL_ERROR, frame(PING, 0, 1, Buffer.alloc(8)));
endsConnection("PING of a wrong length", FRAME_SIZE_ERROR, frame(PING, 0, 0, Buffer.alloc(6)));
endsConnection("GOAWAY on a stream", PROTOCOL_ERROR, frame(GOAWAY, 0, 1, Buffer.alloc(8)));
test("after the client's GOAWAY its streams are answered, then the connection ends", async () => {
    const peer = await RawHttp2.open(whorl.port);
    peer.send(get(1), frame(GOAWAY, 0, 0, Buffer.concat([number32(0), number32(0)])));
    assert.equal((await peer.answer(1)).status, 200);
    await peer.end();
    peer.close();
});

// ---- 6.9 flow control

endsConnection("WINDOW_UPDATE 0 on the connection", PROTOCOL_ERROR,
    frame(WINDOW_UPDATE, 0, 0, number32(0)));
endsConnection("WINDOW_UPDATE 0 on a stream", PROTOCOL_ERROR, post(1),
    frame(WINDOW_UPDATE, 0, 1, number32(0)));
endsConnection("WINDOW_UPDATE of a wrong length", FRAME_SIZE_ERROR,
    frame(WINDOW_UPDATE, 0, 0, Buffer.alloc(3)));
endsConnection("a connection window over 2^31-1", FLOW_CONTROL_ERROR,
    frame(WINDOW_UPDATE, 0, 0, number32(0x7fffffff)));
resetsStream("a stream window over 2^31-1", FLOW_CONTROL_ERROR, post(1),
    frame(WINDOW_UPDATE, 0, 1, number32(0x7fffffff)));
test("a stream's window is kept to, goes below zero with SETTINGS, and comes back", async () => {
    const peer = await RawHttp2.open(whorl.port, { hello: [preface, settings([[1, 0], [4, 1]])] });
    const body = () => peer.answers.get(1)?.body.length ?? 0;
    peer.send(get(1));
    await peer.until(() => body() === 1, "one byte");
    peer.send(settings([[4, 0]]), frame(PING, 0, 0, Buffer.from("after it")));
    await peer.until(() => peer.frames.some((f) => f.type === PING), "the PING");
    peer.send(frame(WINDOW_UPDATE, 0, 1, number32(1)), frame(PING, 0, 0, Buffer.from("and this")));
    await peer.until(() => peer.frames.filter((f) => f.type === PING).length === 2,
        "the other PING");
    assert.equal(body(), 1, "the window was -1 and is 0 now");
    peer.send(frame(WINDOW_UPDATE, 0, 1, number32(2)));
    await peer.until(() => body() === 3, "two more");
    peer.send(settings([[4, 1000]]));
    const answer = await peer.answer(1);
    assert.equal(answer.status, 200);
    assert.equal(answer.body, (await whorl.get("/healthz")).text);
    peer.close();
});
test("the connection's window is kept to", async () => {
    const peer = await RawHttp2.open(whorl.port,
        { hello: [preface, settings([[1, 0], [4, 1 << 20]])] });
    peer.send(headers(1, request("/agent/" + whorl.publicKey + ".js")),
        frame(PING, 0, 0, Buffer.from("12345678")));
    await peer.until(() => peer.frames.some((f) => f.type === PING), "the PING");
    const whole = (await whorl.get(`/agent/${whorl.publicKey}.js`)).text.length;
    const body = () => peer.answers.get(1)?.body.length ?? 0;
    if (whole > 65535) {
        assert.equal(body(), 65535);
    }
    peer.send(frame(WINDOW_UPDATE, 0, 0, number32(whole)));
    await peer.answer(1);
    assert.equal(body(), whole);
    peer.close();
});
test("more DATA than a stream's window: FLOW_CONTROL_ERROR", async () => {
    const peer = await RawHttp2.open(whorl.port);
    await peer.until(() => peer.frames.some((f) => f.type === SETTINGS && f.flags & ACK),
        "SETTINGS");
    peer.send(post(1, [["content-length", "30000"]]), data(1, Buffer.alloc(16384)),
        data(1, Buffer.alloc(16384)), data(1, Buffer.alloc(16384)));
    const answer = await peer.answer(1);
    assert.ok([answer.reset, peer.goaway?.code].some((code) => [FLOW_CONTROL_ERROR, PROTOCOL_ERROR].includes(code)));
    peer.close();
    await serves();
});

// ---- 8.1 messages, 8.2 fields, 8.3 pseudo-headers

const fields = (...list) => headers(1, list);
const method = [":method", "GET"], scheme = [":scheme", "http"], path = [":path",
    "/healthz"], authority = [":authority", "a"];
resetsStream("an upper-case name", PROTOCOL_ERROR, get(1, [["X-Test", "1"]]));
resetsStream("a name with a blank", PROTOCOL_ERROR, get(1, [["x test", "1"]]));
resetsStream("a name with a colon", PROTOCOL_ERROR, get(1, [["x:test", "1"]]));
resetsStream("an empty name", PROTOCOL_ERROR, get(1, [["", "1"]]));
resetsStream("a value with LF", PROTOCOL_ERROR, get(1, [["x", "a\nb"]]));
resetsStream("a value with CR", PROTOCOL_ERROR, get(1, [["x", "a\rb"]]));
resetsStream("a value with NUL", PROTOCOL_ERROR, get(1, [["x", "a\0b"]]));
resetsStream("a value that begins with a blank", PROTOCOL_ERROR, get(1, [["x", " a"]]));
for (const [name, value] of [
    ["connection", "close"], ["keep-alive", "1"], ["proxy-connection", "x"],
    ["transfer-encoding", "chunked"], ["upgrade", "h2c"], ["te", "gzip"],
]) {
    resetsStream(`the connection-specific field ${name}`, PROTOCOL_ERROR, get(1, [[name, value]]));
}
answers("te: trailers", 200, get(1, [["te", "trailers"]]));
resetsStream("no :method", PROTOCOL_ERROR, fields(scheme, path, authority));
resetsStream("no :scheme", PROTOCOL_ERROR, fields(method, path, authority));
resetsStream("no :path", PROTOCOL_ERROR, fields(method, scheme, authority));
resetsStream("an empty :path", PROTOCOL_ERROR, fields(method, scheme, [":path", ""], authority));
resetsStream("neither :authority nor host", PROTOCOL_ERROR, fields(method, scheme, path));
answers("host and no :authority", 200, fields(method, scheme, path, ["host", "a"]));
answers("host and the same :authority", 200,
    fields(method, scheme, path, authority, ["host", "A"]));
answers("host and another :authority", 400, fields(method, scheme, path, authority, ["host", "b"]));
answers("a user name in :authority", 400, fields(method, scheme, path, [":authority", "me@a"]));
answers("a path that does not begin with a slash", 400,
    fields(method, [":scheme", "ftp"], [":path", "healthz"], authority));
answers("another scheme", 400, fields(method, [":scheme", "ftp"], path, authority));
answers("CONNECT", 400, fields([":method", "CONNECT"], authority));
answers("a fragment in the path", 400, fields(method, scheme, [":path", "/healthz#x"], authority));
resetsStream(":path twice", PROTOCOL_ERROR, fields(method, scheme, path, path, authority));
resetsStream("an unknown pseudo-header", PROTOCOL_ERROR,
    fields(method, scheme, path, authority, [":x", "1"]));
resetsStream("a response's pseudo-header", PROTOCOL_ERROR,
    fields(method, scheme, path, authority, [":status", "200"]));
resetsStream("a pseudo-header after a field", PROTOCOL_ERROR,
    fields(method, scheme, authority, ["x", "1"], path));
resetsStream(":protocol, which we did not offer", PROTOCOL_ERROR,
    fields([":method", "CONNECT"], scheme, path, authority, [":protocol", "websocket"]));
resetsStream("less body than Content-Length", PROTOCOL_ERROR, post(1, [["content-length", "5"]]),
    data(1, "1234", true));
resetsStream("more body than Content-Length", PROTOCOL_ERROR, post(1, [["content-length", "3"]]),
    data(1, "1234", true));
resetsStream("Content-Length and no body", PROTOCOL_ERROR, get(1, [["content-length", "3"]]));
resetsStream("Content-Length twice", PROTOCOL_ERROR,
    post(1, [["content-length", "3"], ["content-length", "3"]]), data(1, "123", true));
resetsStream("Content-Length that is no number", PROTOCOL_ERROR, post(1, [["content-length", "x"]]),
    data(1, "123", true));
answers("trailers", 401, post(1), data(1, "{}"), headers(1, [["x-checksum", "1"]]));
resetsStream("trailers that do not end the stream", PROTOCOL_ERROR, post(1), data(1, "{}"),
    headers(1, [["x-checksum", "1"]], { end: false }));
resetsStream("a pseudo-header in trailers", PROTOCOL_ERROR, post(1), data(1, "{}"),
    headers(1, [[":path", "/"]]));
answers("an empty body in many empty frames", 401, post(1),
    ...Array.from({ length: 50 }, () => data(1, "")), data(1, "", true));

// ---- our limits, in the dialect of the path

async function refusal(...pieces) {
    const peer = await RawHttp2.open(whorl.port);
    peer.send(...pieces);
    const answer = await peer.answer(1);
    peer.send(get(101));
    assert.equal((await peer.answer(101)).status, 200, "the connection goes on");
    peer.close();
    return answer;
}
test("too large a header list: 431", async () => {
    const { status, body } = await refusal(
        frame(HEADERS, END_STREAM, 1,
            block(request("/v4/events/1", { more: [["x", "a".repeat(8000)]] }))),
        frame(CONTINUATION, END_HEADERS, 1,
            block([["y", "b".repeat(8000)], ["z", "c".repeat(3500)]])));
    assert.equal(status, 431);
    assert.match(JSON.parse(body).error.code, /./, "v4's form");
});
test("too many header lines: 431", async () => {
    const more = Array.from({ length: 101 }, (_, i) => [`x-${i}`, "1"]);
    assert.equal((await refusal(get(1, more))).status, 431);
});
test("too long a path: 414", async () => {
    assert.equal((await refusal(headers(1, request(`/events/${"x".repeat(8200)}`)))).status, 414);
});
test("too large a body, announced: 413, and NO_ERROR for the rest", async () => {
    const answer = await refusal(post(1, [["content-length", "262145"]]),
        data(1, Buffer.alloc(1000)));
    assert.equal(answer.status, 413);
    assert.equal(JSON.parse(answer.body).error.length > 0, true);
    assert.equal(answer.reset ?? 0, errors.NO_ERROR);
});
test("an expectation other than 100-continue: 417", async () => {
    assert.equal((await refusal(post(1, [["expect", "tea"]]))).status, 417);
});
test("100-continue is answered before the body, 401 after it", async () => {
    const peer = await RawHttp2.open(whorl.port);
    peer.send(post(1, [["expect", "100-continue"]]));
    await peer.until(() => peer.answers.get(1)?.interim.length === 1, "100 Continue");
    peer.send(data(1, "{}", true));
    const answer = await peer.answer(1);
    assert.deepEqual([answer.interim, answer.status], [[100], 401]);
    peer.close();
});
test("more streams than we allow: REFUSED_STREAM, the others are answered", async () => {
    const peer = await RawHttp2.open(whorl.port);
    for (let i = 0; i < 100; i++) {
        peer.send(post(1 + 2 * i));
    }
    peer.send(post(201));
    assert.equal((await peer.answer(201)).reset, errors.REFUSED_STREAM);
    for (let i = 0; i < 100; i++) {
        peer.send(data(1 + 2 * i, "{}", true));
    }
    for (let i = 0; i < 100; i++) {
        assert.equal((await peer.answer(1 + 2 * i)).status, 401);
    }
    peer.close();
});
