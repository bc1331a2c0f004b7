// Records the ClientHellos of this machine's clients into tests/tls/hellos.jsonl, which
// tests/hello_cases.mjs holds the C code against:
//
//     node tests/tls/record.mjs > tests/tls/hellos.jsonl
//
// Run it to add clients, not to make a failing test pass.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort, startWhorl } from "../lib/whorl.mjs";
import { makeAuthority } from "./lib/certificates.mjs";
import { clients } from "./lib/clients.mjs";
import { readHello } from "./lib/hello.mjs";
import { startPassthrough } from "./lib/passthrough.mjs";

const authority = await makeAuthority();
const folder = await mkdtemp(join(tmpdir(), "whorl-record-"));
const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
await authority.issue({ cert, key, name: "localhost" });
const port = await freePort();
const flags = ["--tls-listen", `127.0.0.1:${port}`, "--tls-cert", cert, "--tls-key", key];
const whorl = await startWhorl({ flags });
const date = new Date().toISOString().slice(0, 10);
try {
    for (const [name, client] of Object.entries(clients)) {
        const between = await startPassthrough(port);
        await client({ port: between.port, key: whorl.publicKey, authority });
        const message = between.hellos().at(-1);
        const { ja3, ja4, grease, postQuantum } = readHello(message);
        const row = { name, recorded: date, ja3, ja4, grease, postQuantum, message: message.toString("hex") };
        console.log(JSON.stringify(row));
        await between.stop();
    }
} finally {
    await whorl.remove();
    await authority.remove();
    await rm(folder, { recursive: true });
}
