// Two things that the generator does not do as browsers do, mended before a body is sent: a server that looks closely
// would take them for tampering. To mend them in the generator would change the bytes of every workload.
//
// - Its hashes are drawn, where a browser computes them from the values beside them. They are left out, but for the one
//   that a linker may need (svg), which is computed.
// - Samsung Internet's full list of brands has Samsung's version as Chromium's.
import { createHash } from "node:crypto";

const DRAWN = [
    "math",
    "timezone",
    "cssStyle",
    "cssFeatures",
    "error",
    "windowFeatures",
    "codec",
    "platformFeatures",
    "uaClientHints",
    "geometryVector",
    "runtimeVector",
    "sensorCapabilities",
    "behavioralRisk",
    "frameDepth",
];

function dropDrawnHashes(signals) {
    for (const name of DRAWN) if (signals[name]?.value) delete signals[name].value.hash;
    const svg = signals.svg?.value;
    if (svg?.textLengths) {
        svg.hash = createHash("sha256").update(svg.textLengths.join(",")).digest("hex");
    }
}

function mendBrands(signals) {
    const hints = signals.uaClientHints?.value;
    const chromium = (list) => list?.find(({ brand }) => brand === "Chromium");
    const full = chromium(hints?.fullVersionList);
    const major = chromium(hints?.brands)?.version;
    if (full && major && full.version.split(".")[0] !== major) full.version = `${major}.0.0.0`;
}

/* Changes the body in place. */
export function repair({ signals }) {
    dropDrawnHashes(signals);
    mendBrands(signals);
}
