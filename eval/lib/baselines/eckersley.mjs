// Eckersley, "How Unique Is Your Web Browser?", PETS 2010, section 5.2: a new fingerprint that equals none is
// taken for an upgrade of a known one when exactly one known fingerprint differs from it in exactly one of eight
// attributes, and that attribute is a setting (cookies, screen, time zone, local storage), or its two values are
// more than 0.85 similar. Otherwise it is somebody new.
//
// The paper scans all fingerprints; here an index per left-out attribute finds the same ones.
import { features } from "../features.mjs";
import { matchRatio } from "../strings.mjs";

const SETTINGS = new Set([2, 3, 4, 7]); // places in valuesOf()
const SIMILAR = 0.85;

function valuesOf(line) {
    const f = features(line);
    return [
        f.ua,
        `${f.accept}|${f.encoding}|${f.acceptLanguage}`,
        f.cookies,
        f.resolution,
        f.timezone,
        f.plugins,
        f.fonts.join(","),
        f.local,
    ];
}

export function eckersley() {
    const known = new Map(); // all values -> fingerprint { values, id }
    const without = valuesOf({ headers: {}, body: { signals: {} } }).map(() => new Map());
    let made = 0;

    const keysWithout = (values) => values.map((_, i) => values.with(i, "\x1e").join("\x1f"));

    /* The only fingerprint that differs in one attribute, when there is only one. */
    function onlyNeighbour(keys) {
        let found;
        for (let i = 0; i < keys.length; i++) {
            for (const fingerprint of without[i].get(keys[i]) ?? []) {
                if (found) return undefined;
                found = { fingerprint, differs: i };
            }
        }
        return found;
    }

    function searched(values, keys) {
        const near = onlyNeighbour(keys);
        if (!near) return undefined;
        const { fingerprint, differs } = near;
        const upgraded =
            SETTINGS.has(differs) ||
            matchRatio(fingerprint.values[differs], values[differs]) > SIMILAR;
        return upgraded ? fingerprint.id : undefined;
    }

    function add(values, keys, id) {
        const fingerprint = { values, id };
        known.set(values.join("\x1f"), fingerprint);
        keys.forEach((key, i) => {
            const list = without[i].get(key);
            if (list) list.push(fingerprint);
            else without[i].set(key, [fingerprint]);
        });
        return id;
    }

    return {
        link(line, held) {
            const values = valuesOf(line);
            const same = known.get(values.join("\x1f"));
            if (same) {
                if (held) same.id = held;
                return same.id;
            }
            const keys = keysWithout(values);
            return add(values, keys, held ?? searched(values, keys) ?? `e${made++}`);
        },
    };
}
