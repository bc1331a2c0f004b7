// The published vectors of FIPS 180-4, and Node's own SHA-256 for lengths around a block's edge.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { sha256 } from "../../agent/sha256.ts";

const published = [
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
    ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
];

test("published vectors", () => {
    for (const [text, hash] of published) assert.equal(sha256(text), hash);
});

test("every length around the edges of a block", () => {
    for (let n = 0; n <= 200; n++) {
        const text = "x".repeat(n);
        assert.equal(sha256(text), createHash("sha256").update(text).digest("hex"), `length ${n}`);
    }
});

test("text counts as UTF-8", () => {
    const text = "\u00e9\u4e2d\u{1f9ed} and a lone \ud800";
    assert.equal(sha256(text), createHash("sha256").update(text).digest("hex"));
});
