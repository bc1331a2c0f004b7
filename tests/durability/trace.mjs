// Reads a trace of system calls (strace -f -y) and says whether any answer left before the sync that
// covers its event.
//
// From the trace alone: an answer names its request id; the id gives the 11 bytes under which the store
// keeps the event; the write-ahead log's write that holds those bytes is the event's; and an fdatasync of
// that log must have begun after this write returned and must have returned, without an error, before
// the answer's write began. strace stops every thread at the entry and the exit of a call, so the order
// of the lines is the order in which things happened.
import { eventKey } from "./lib.mjs";

const SYNCS = new Set(["fdatasync", "fsync"]);
const WRITES = new Set(["write", "writev", "pwrite64", "pwritev", "pwritev2"]);
const SENDS = new Set(["write", "writev", "sendto", "sendmsg", "sendmmsg"]);

const ESCAPES = { n: 10, t: 9, r: 13, v: 11, f: 12, '"': 34, "\\": 92 };

/** The bytes of all C strings in a call's arguments. */
function stringBytes(text) {
    const parts = [];
    for (const [, quoted, cut] of text.matchAll(/"((?:[^"\\]|\\.)*)"(\.\.\.)?/gs)) {
        if (cut) throw new Error("strace cut a string: its -s is too small");
        const out = Buffer.alloc(quoted.length);
        let n = 0;
        for (let i = 0; i < quoted.length; i++) {
            if (quoted[i] !== "\\") {
                out[n++] = quoted.charCodeAt(i);
                continue;
            }
            const octal = /^[0-7]{1,3}/.exec(quoted.slice(i + 1, i + 4));
            out[n++] = octal ? parseInt(octal[0], 8) : ESCAPES[quoted[i + 1]];
            i += octal ? octal[0].length : 1;
        }
        parts.push(out.subarray(0, n));
    }
    return Buffer.concat(parts);
}

/** Calls in order of their beginning: {pid, name, args, result, start, end}, start and end in lines. */
export function parseTrace(text) {
    const calls = [],
        open = new Map();
    text.split("\n").forEach((line, at) => {
        const begun = /^(\d+)\s+(\w+)\((.*)$/s.exec(line);
        const resumed = /^(\d+)\s+<\.\.\. (\w+) resumed>(.*)$/s.exec(line);
        if (resumed) {
            const call = open.get(resumed[1]);
            if (!call || call.name !== resumed[2])
                throw new Error(`line ${at + 1} resumes a call that nobody began`);
            open.delete(resumed[1]);
            call.args += resumed[3];
            call.end = at;
        } else if (begun) {
            const [, pid, name, rest] = begun;
            const unfinished = / <unfinished \.\.\.>$/.test(rest);
            const call = {
                pid,
                name,
                args: rest.replace(/ <unfinished \.\.\.>$/, ""),
                start: at,
                end: unfinished ? Infinity : at,
            };
            calls.push(call);
            if (unfinished) open.set(pid, call);
        }
    });
    for (const call of calls) {
        call.result = Number(/\)\s+= (-?\d+)[^=]*$/s.exec(call.args)?.[1] ?? NaN);
        call.file = /^\d+<(.*?)>(?:,|\))/.exec(call.args)?.[1] ?? "";
    }
    return calls;
}

const LOG_BLOCK = 32768;
const LOG_HEADER = 7;

/** RocksDB cuts its log into blocks of 32 kB and its records into fragments, each behind a header of 7
 * bytes: checksum 4, length 2, type 1. Gives back the records' bytes without headers, and for each stretch
 * which call wrote it. */
function logPayload(writes) {
    const bytes = Buffer.concat(
        writes.map((call) => stringBytes(call.args).subarray(0, call.result)),
    );
    const ends = []; // of each write, in the file
    let end = 0;
    for (const call of writes) ends.push((end += call.result));
    const payload = [],
        stretches = [];
    let at = 0,
        length = 0,
        writer = 0;
    while (at + LOG_HEADER <= bytes.length) {
        const left = LOG_BLOCK - (at % LOG_BLOCK);
        const size = bytes.readUInt16LE(at + 4),
            type = bytes[at + 6];
        if (left < LOG_HEADER || (type === 0 && size === 0)) {
            at += left;
            continue;
        }
        if (type > 4) throw new Error(`unknown fragment type ${type} in the log at ${at}`);
        payload.push(bytes.subarray(at + LOG_HEADER, at + LOG_HEADER + size));
        at += LOG_HEADER + size;
        length += size;
        while (ends[writer] < at) writer++; // the write that completes this fragment
        stretches.push({ end: length, call: writes[writer] });
    }
    return { payload: Buffer.concat(payload), stretches };
}

/** `find(key)` gives the call that completed the event's record, and the file it is in. */
function logIndex(calls) {
    const files = new Map();
    for (const call of calls)
        if (WRITES.has(call.name) && call.file.endsWith(".log") && call.result > 0)
            files.set(call.file, [...(files.get(call.file) ?? []), call]);
    const logs = [...files].map(([file, writes]) => ({ file, ...logPayload(writes) }));
    return (key) => {
        for (const { file, payload, stretches } of logs) {
            const at = payload.indexOf(key);
            if (at >= 0)
                return { file, call: stretches.find((s) => s.end >= at + key.length).call };
        }
        return undefined;
    };
}

/** The request ids that a call sends in answers with status 200. */
function answered(call) {
    const { name, file, args } = call;
    if (!SENDS.has(name) || file.endsWith(".log") || !args.includes("requestId")) return [];
    const text = stringBytes(args).toString("latin1");
    if (!text.includes("HTTP/1.1 200")) return [];
    const ids = text.matchAll(/"requestId"\s*:\s*"(req_[0-9a-z]{26})"/g);
    return [...ids].map(([, requestId]) => requestId);
}

/** {answers, problems}: per answer {requestId, call, sync}, sync being the first that covers its event;
 * and a line for each that came too early. */
export function checkOrder(calls) {
    const find = logIndex(calls);
    const syncs = calls.filter((call) => SYNCS.has(call.name) && call.result === 0);
    syncs.sort((a, b) => a.end - b.end);
    const answers = [];
    const problems = [];
    for (const call of calls) {
        for (const requestId of answered(call)) {
            const written = find(eventKey(requestId));
            const sync =
                written && syncs.find((s) => s.file === written.file && s.start > written.call.end);
            answers.push({ requestId, call, sync });
            const line = `${requestId}: answered in line ${call.start + 1}`;
            if (!written) problems.push(`${line}, its event is in no write to the log`);
            else if (!sync || sync.end >= call.start)
                problems.push(`${line}, written by line ${written.call.end + 1}, no sync between`);
        }
    }
    return { answers, problems };
}
