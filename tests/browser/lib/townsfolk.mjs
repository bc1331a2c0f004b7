// Made-up visitors of the weeks before a test: how rare a value is means nothing on an empty server.

import { join } from "node:path";

import { generate } from "../../../eval/generator/generate.mjs";
import { parametersFrom } from "../../../eval/generator/params.mjs";
import { ndjson, writer } from "../../../eval/lib/io.mjs";
import { replay } from "../../../eval/lib/replay.mjs";

/* Plays the visits of `devices` devices, the last of them at `untilMs`, using files in `folder`. The server
 * needs --test-clock and --trusted-proxy 127.0.0.1. Resolves with the number of events. */
export async function settle(whorl, { folder, devices, days, seed, untilMs }) {
    const drawn = join(folder, "drawn.ndjson");
    const shifted = join(folder, "shifted.ndjson");
    await generate({ P: parametersFrom(), seed, devices, days, out: drawn });
    let lastMs = 0;
    for await (const { t_ms } of ndjson(drawn)) lastMs = Math.max(lastMs, t_ms);
    const out = writer(shifted);
    for await (const line of ndjson(drawn)) {
        line.t_ms += untilMs - lastMs;
        line.body.timestamp = line.t_ms;
        await out.write(line);
    }
    await out.end();
    const settings = {
        url: `${whorl.url}/v1/identify`,
        apiKey: whorl.publicKey,
        timeHeader: "X-Test-Now-Ms",
    };
    const { events, withoutId } = await replay(shifted, settings, () => {});
    if (withoutId) throw new Error(`${withoutId} of ${events} made-up visits got no id`);
    return events;
}
