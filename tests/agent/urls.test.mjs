import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointsFrom, hashedUrl, hashPart, postUrl } from "../../agent/urls.ts";

globalThis.location ??= { href: "https://shop.example/deep/page" };
const own = "https://whorl.example/";

test("hashes parts without the character they begin with, and no others", () => {
    // printf path | openssl dgst -sha256 -binary | basenc --base64url
    assert.equal(hashPart("path"), "oK-fhlv2N-ZzaBf0zlUuTN97jDbqdbwlTB0fCvdEtb8");
    const url = "https://shop.example/secret/way?q=1#part";
    assert.equal(hashedUrl(url), url);
    assert.equal(hashedUrl(url, { path: true }), `https://shop.example/${hashPart("secret/way")}?q=1#part`);
    assert.equal(
        hashedUrl(url, { query: true, fragment: true }),
        `https://shop.example/secret/way?${hashPart("q=1")}#${hashPart("part")}`,
    );
    assert.equal(hashedUrl("https://shop.example/", { path: true, query: true }), "https://shop.example/");
    assert.equal(hashedUrl("", { path: true }), "");
});

test("every documented form of endpoint", () => {
    const a = "https://a.example/x";
    const rows = [
        [undefined, [own]], [null, [own]], [[], [own]], [{ default: "endpoint" }, [own]],
        [a, [a]], [[a, "https://b.example/"], [a, "https://b.example/"]], [[a, { default: "endpoint" }], [a]],
        [{ value: a }, [a]], [{ __type__: "withoutDefault", value: [a] }, [a]], [{ value: [] }, [own]],
        ["/metrics", ["https://shop.example/metrics"]], [new URL(a), [a]],
    ];
    for (const [given, expected] of rows) assert.deepEqual(endpointsFrom(given, own), expected, JSON.stringify(given));
    for (const given of ["nope", "javascript:alert(1)", "http://", ["https://a.example/", "data:,x"]]) {
        assert.throws(() => endpointsFrom(given, own), { code: "endpoint" }, JSON.stringify(given));
    }
});

test("the query keeps what the endpoint had, and repeats ii", () => {
    const url = postUrl("https://h/p?region=us#x", {
        key: "k&1", version: "0.1.0", integrations: ["spa/1", "react/2"], region: "eu",
    });
    assert.equal(url, "https://h/p?region=us&ci=js%2F0.1.0&k=k%261&ii=spa%2F1&ii=react%2F2&region=eu");
});
