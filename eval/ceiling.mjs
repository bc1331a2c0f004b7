// What could a linker reach that knows who is who, and fails only where a server sees no difference? Reads the
// truth to know who is who, and the events to know what they show.
//
//     node eval/ceiling.mjs --seeds "1 2" --devices 2000
//
// Returning events without a token are lost when another known device has shown the same steady view (lib/view.mjs)
// and the device itself was never seen on this network: nothing that holds still tells the two apart. A newcomer is
// a trap when a known device has shown its view on its network: who links there, as is right for nearly all
// returning events, gives the newcomer somebody else's id.
import { join } from "node:path";

import { ndjson, options } from "./lib/io.mjs";
import { progressBar } from "./lib/progress.mjs";
import { percent, table } from "./lib/table.mjs";
import { networkOf, viewsOf } from "./lib/view.mjs";
import { prepareWorkload } from "./lib/workload.mjs";

const asked = options(process.argv.slice(2), {
    seeds: "1",
    devices: 2000,
    days: 60,
    params: "",
    directory: join(import.meta.dirname, "../build/accuracy"),
});

/* Sets by key. */
class Sets {
    #map = new Map();

    of(key) {
        return this.#map.get(key) ?? new Set();
    }

    add(key, value) {
        if (!this.#map.has(key)) this.#map.set(key, new Set());
        this.#map.get(key).add(value);
    }
}

/* Everything that the server has seen so far. */
class Known {
    #devices = new Set();
    #showed = new Sets(); // view -> devices
    #showedAt = new Sets(); // view and network -> devices
    #networks = new Sets(); // device -> networks

    /* What can be said of an event before it is learnt. */
    judge(line) {
        const { device_id, ip } = line;
        const { normal, secret } = viewsOf(line);
        const network = networkOf(ip);
        const { exact: view, undated } = normal ?? secret;
        const others = (devices) => devices.size - (devices.has(device_id) ? 1 : 0);
        const judged = {
            first: !this.#devices.has(device_id),
            lookAlikes: others(this.#showed.of(view)),
            lookAlikesHere: others(this.#showedAt.of(`${view} ${network}`)),
            undatedHere: others(this.#showedAt.of(`${undated} ${network}`)),
            networkKnown: this.#networks.of(device_id).has(network),
            viewKnown: this.#showed.of(view).has(device_id),
        };
        const shown = [normal, secret].filter(Boolean);
        this.#learn(device_id, network, shown.flatMap(Object.values));
        return judged;
    }

    #learn(device, network, views) {
        this.#devices.add(device);
        this.#networks.add(device, network);
        for (const view of views) {
            this.#showed.add(view, device);
            this.#showedAt.add(`${view} ${network}`, device);
        }
    }
}

/* Counts: events, and of them those that are lost, lost on a known network, or merely hard. */
class Tally {
    returning = 0;
    events = 0; // of the returning, those without a token
    lost = 0;
    guessed = 0; // of the lost, right by chance when one look-alike is picked
    crowded = 0; // the network is known, but look-alikes were seen on it too
    changed = 0; // neither view nor network were seen with the device before

    add(hasToken, { lookAlikes, lookAlikesHere, networkKnown, viewKnown }) {
        this.returning++;
        if (hasToken) return;
        this.events++;
        if (lookAlikes && !networkKnown) {
            this.lost++;
            if (viewKnown) this.guessed += 1 / (lookAlikes + 1);
        }
        if (lookAlikesHere && networkKnown) this.crowded++;
        if (!viewKnown && !networkKnown) this.changed++;
    }
}

class Newcomers {
    events = 0;
    same = 0; // a known device has shown this view on this network
    undated = 0; // ... in any version

    add({ lookAlikesHere, undatedHere }) {
        this.events++;
        if (lookAlikesHere) this.same++;
        if (undatedHere) this.undated++;
    }
}

async function measure(workload) {
    const bar = progressBar(`ceiling ${workload.name}`);
    const known = new Known();
    const found = {
        name: workload.name,
        all: new Tally(),
        lost: new Tally(),
        incognito: new Tally(),
        newcomers: new Newcomers(),
        clones: new Newcomers(),
    };
    for await (const line of ndjson(workload.workload)) {
        const judged = known.judge(line);
        bar.update(line.i / workload.events, `${line.i} of ${workload.events} events`);
        const { truth, cookie_state } = line;
        if (truth.bot) continue;
        if (judged.first) {
            found.newcomers.add(judged);
            if (truth.clone) found.clones.add(judged);
            continue;
        }
        const { state, has_token } = cookie_state;
        found.all.add(has_token, judged);
        if (state !== "kept") found[state].add(has_token, judged);
    }
    bar.end();
    return found;
}

const of = (part, whole) => `${Math.round(part)} of ${whole} (${percent(part / whole)} %)`;
const share = (x) => `${percent(x)} %`;

function tableOf(all) {
    const row = (title, read) => [title, ...all.map(read)];
    const returning = (title, kind) => [
        row(title, (m) => share(1 - m[kind].lost / m[kind].returning)),
        row("  lost: look-alike known, network new", (m) => of(m[kind].lost, m[kind].events)),
        row("  of them right by luck", (m) => of(m[kind].guessed, m[kind].lost)),
        row("  look-alike on a known network", (m) => of(m[kind].crowded, m[kind].events)),
        row("  view and network both new", (m) => of(m[kind].changed, m[kind].events)),
    ];
    const newcomers = (title, kind) => [
        row(title, (m) => of(m[kind].same, m[kind].events)),
        row("  in any version", (m) => of(m[kind].undated, m[kind].events)),
    ];
    return table([
        row("", (m) => m.name),
        ...returning("any own id, all: at most", "all"),
        ...returning("any own id, cookies lost: at most", "lost"),
        ...returning("any own id, private: at most", "incognito"),
        ...newcomers("newcomers like a known device on its network", "newcomers"),
        ...newcomers("look-alike newcomers, the same", "clones"),
    ]);
}

const measured = [];
for (const seed of asked.seeds.split(/[\s,]+/).filter(Boolean)) {
    const { devices, days, params, directory } = asked;
    measured.push(await measure(await prepareWorkload({ seed, devices, days, params }, directory)));
}
console.log(`\n${tableOf(measured)}`);
