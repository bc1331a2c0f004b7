// Run by rtt.test.mjs inside delay_tun: identifications over real round trips. Prints a JSON object
// with what the event keeps of the connection, by client.
import { request } from "node:http";

import { bodies } from "../bodies/bodies.mjs";
import { freePort, repository, startWhorl } from "../lib/whorl.mjs";

const [local, ...clients] = process.argv.slice(2);
const { body, headers } = bodies["headed-linux"]();

/* `address` is where we connect to; it is also who whorl sees. */
function identifyFrom(whorl, address, port) {
    const text = JSON.stringify(body);
    const pairs = [["Host", "whorl.example"], ...headers, ["X-API-Key", whorl.publicKey],
        ["Content-Length", `${Buffer.byteLength(text)}`], ["Connection", "close"]];
    return new Promise((resolve, reject) => {
        const options = { host: address, port, method: "POST", path: "/v1/identify", agent: false,
            headers: pairs.flat(), timeout: 20_000 };
        const outgoing = request(options, (incoming) => {
            let answer = "";
            incoming.setEncoding("utf8").on("data", (piece) => (answer += piece));
            incoming.on("end", () => resolve(JSON.parse(answer)));
        });
        outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer through ${address}`)));
        outgoing.on("error", reject).end(text);
    });
}

const port = await freePort();
const whorl = await startWhorl({
    flags: ["--listen", `${local}:${port}`, "--server-location", "50.11,8.68",
        "--geo-city", `${repository}/tests/data/geo/flat4.mmdb`],
});
const seen = {};
try {
    for (const address of clients) {
        const { requestId, ip } = await identifyFrom(whorl, address, port);
        const event = await whorl.get(`/v1/events/${requestId}`, { auth: "bearer" });
        seen[address] = { ip, ...event.json.signals.server.connection };
    }
} finally {
    await whorl.remove();
}
console.log(JSON.stringify(seen));
