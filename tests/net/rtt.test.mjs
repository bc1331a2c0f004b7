// Round trips that really take their time: the facts of the TCP connection, and how they fit the
// place of the address. Needs root and a TUN device; reported as skipped where they are missing.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { repository } from "../lib/whorl.mjs";

const run = promisify(execFile);
const skipped = 77;
const oneWayMs = {
    "84.128.0.1": 10, // Munich, 304 km from the server
    "84.128.0.2": 150, // the same city, over a detour of 250 ms
    "73.0.0.1": 15, // Boise, 8,000 km: no light is that fast
    "61.127.217.1": 100, // a country, no city
};

test("round trips over a TUN device", { timeout: 120_000 }, async (t) => {
    await run("make", ["--no-print-directory", "build/tests/delay_tun"], { cwd: repository });
    const paths = Object.entries(oneWayMs).map(([address, ms]) => `${address}=${ms}`);
    const inside = [process.execPath, fileURLToPath(new URL("round_trips.mjs", import.meta.url)),
        "10.9.0.1", ...Object.keys(oneWayMs)];
    const tool = join(repository, "build/tests/delay_tun");
    const result = await run(tool, ["10.9.0.1", ...paths, "--", ...inside]).catch((error) => error);
    if (result.code === skipped) {
        return t.skip(`needs root and /dev/net/tun: ${result.stderr.trim()}`);
    }
    assert.ok(!(result instanceof Error), result.stderr);
    const seen = JSON.parse(result.stdout);

    for (const [address, ms] of Object.entries(oneWayMs)) {
        // never less than the path; how much more depends on how busy this machine is
        assert.equal(seen[address].ip, address);
        assert.ok(seen[address].rttMs >= 2 * ms - 1, `${address}: ${seen[address].rttMs} ms`);
        assert.equal(seen[address].tcpOs, "linux");
        assert.match(seen[address].tcpSyn, /^4\/64\/\d+\/MSTNW\/\d+\/\d+\/d/);
    }
    const coherence = (address) => seen[address].rttCoherence;
    t.diagnostic(JSON.stringify(seen));
    assert.ok(coherence("84.128.0.1") > coherence("84.128.0.2"));
    assert.ok(coherence("84.128.0.2") > 0 && coherence("84.128.0.2") < 0.3);
    // 30 ms cannot be there and back; on a very busy machine the path may take longer than that
    assert.ok(coherence("73.0.0.1") === 0 || seen["73.0.0.1"].rttMs > 65);
    assert.equal(coherence("61.127.217.1"), undefined);
});
