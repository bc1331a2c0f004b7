import assert from "node:assert/strict";
import { test } from "node:test";
import { keepToken, readToken, TOKEN_MAX_CHARS, TOKEN_NAME } from "../../agent/token.ts";

function memoryStore(content = {}) {
    const map = new Map(Object.entries(content));
    return {
        getItem: (name) => map.get(name) ?? null,
        setItem: (name, value) => void map.set(name, value),
        removeItem: (name) => void map.delete(name),
    };
}

const forbidden = () => {
    throw new Error("access denied");
};

test("a kept token is read back", () => {
    const store = memoryStore();
    keepToken(() => store, "v1.abc");
    assert.equal(store.getItem(TOKEN_NAME), "v1.abc");
    assert.equal(readToken(() => store), "v1.abc");
});

test("a newer token replaces the older", () => {
    const store = memoryStore({ [TOKEN_NAME]: "old" });
    keepToken(() => store, "new");
    assert.equal(readToken(() => store), "new");
});

test("an answer without a usable token changes nothing", () => {
    for (const value of [undefined, null, "", 7, {}, "x".repeat(TOKEN_MAX_CHARS + 1)]) {
        const store = memoryStore({ [TOKEN_NAME]: "kept" });
        keepToken(() => store, value);
        assert.equal(readToken(() => store), "kept");
    }
});

test("no token: none stored, storage forbidden, or something else under its name", () => {
    assert.equal(readToken(() => memoryStore()), undefined);
    assert.equal(readToken(forbidden), undefined);
    const longer = "x".repeat(TOKEN_MAX_CHARS + 1);
    assert.equal(readToken(() => memoryStore({ [TOKEN_NAME]: longer })), undefined);
});

test("forbidden storage does not fail the identification", () => {
    assert.doesNotThrow(() => keepToken(forbidden, "v1.abc"));
});
