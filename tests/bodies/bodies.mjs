// One body of every kind that browsers send to POST /v1/identify, with the headers that go along.
//
//   const { body, headers } = bodies["headed-linux"]();
//
// Each call makes a fresh object. `headers` are [name, value] pairs in the browser's order, without
// Host, Content-Length, X-API-Key, Origin and Referer, which the sender knows.
// Run as a program, it writes them to a folder: node bodies.mjs <folder>

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

import { desktop, iphone, laptop, laptopFirefox, laptopLater, rack } from "./devices.mjs";
import { sealDigests, signals } from "./signals.mjs";

const dayMs = 24 * 60 * 60 * 1000;
const firstMs = Date.UTC(2026, 9, 5, 9, 30);

function chromiumHeaders(device, { secure = true } = {}) {
    const brands = device.hints.brands
        .map(({ brand, version }) => `"${brand}";v="${version}"`)
        .join(", ");
    return secure
        ? [
              ["sec-ch-ua-platform", '"Linux"'],
              ["User-Agent", device.userAgent],
              ["sec-ch-ua", brands],
              ["Content-Type", "application/json"],
              ["sec-ch-ua-mobile", "?0"],
              ["Accept", "*/*"],
              ["Sec-Fetch-Site", "same-site"],
              ["Sec-Fetch-Mode", "cors"],
              ["Sec-Fetch-Dest", "empty"],
              ["Accept-Encoding", "gzip, deflate, br, zstd"],
              ["Accept-Language", `${device.languages.join(",")};q=0.9`],
          ]
        : [
              ["User-Agent", device.userAgent],
              ["Content-Type", "application/json"],
              ["Accept", "*/*"],
              ["Accept-Encoding", "gzip, deflate"],
              ["Accept-Language", `${device.languages.join(",")};q=0.9`],
          ];
}

const otherHeaders = (device) => [
    ["User-Agent", device.userAgent],
    ["Accept", "*/*"],
    ["Accept-Language", `${device.languages[0]},en;q=0.9`],
    ["Accept-Encoding", "gzip, deflate, br"],
    ["Content-Type", "application/json"],
    ["Sec-Fetch-Dest", "empty"],
    ["Sec-Fetch-Mode", "cors"],
    ["Sec-Fetch-Site", "same-site"],
];

function bodyOf(device, { seed = 1, timestamp = firstMs, change = () => {}, ...more } = {}) {
    const all = signals(device, seed);
    change(all);
    const body = {
        signals: sealDigests(all),
        timestamp,
        url: "https://shop.example/sign-up?step=1#form",
        referrer: "https://shop.example/",
        ...more,
    };
    const headers = device.hints ? chromiumHeaders(device) : otherHeaders(device);
    return { body, headers };
}

// Without crypto.subtle the vendor's script cannot hash, and sends null.
const needSubtle = [
    "canvas",
    "audio",
    "math",
    "domRect",
    "speech",
    "intl",
    "timezone",
    "cssStyle",
    "cssFeatures",
    "error",
    "svg",
    "windowFeatures",
    "htmlElement",
    "codec",
    "platformFeatures",
    "capabilityVector",
    "geometryVector",
    "runtimeVector",
    "sensorCapabilities",
    "behavioralRisk",
    "frameDepth",
];

const evmAddress = "0x00112233445566778899aabbccddeeff00112233";

export const bodies = {
    "headed-linux": () => bodyOf(laptop),
    "headed-linux-again": () => bodyOf(laptop, { seed: 2, timestamp: firstMs + 60_000 }),
    "headed-linux-later": () => bodyOf(laptopLater, { seed: 3, timestamp: firstMs + 22 * dayMs }),
    "headed-linux-twin": () => bodyOf(desktop, { seed: 4 }),
    "firefox-linux": () => bodyOf(laptopFirefox, { seed: 5 }),
    "safari-iphone": () => bodyOf(iphone, { seed: 6 }),
    "headless-linux": () =>
        bodyOf(rack, {
            seed: 7,
            change: (all) => {
                all.headless.value = {
                    isHeadless: true,
                    markers: ["webdriver_configurable", "headless_ua"],
                };
                all.virtualization.value = {
                    vmDetected: true,
                    emulatorDetected: false,
                    confidence: "high",
                    indicators: [
                        "vm_renderer:swiftshader",
                        "battery_always_plugged",
                        "vm_screen_resolution:800x600",
                    ],
                };
            },
        }),
    // Driven by a tool in a window of its own: only the markers tell.
    "playwright-linux": () =>
        bodyOf(laptop, {
            seed: 8,
            tag: { campaign: "autumn", attempt: 2 },
            linkedId: "customer-4711",
            change: (all) => {
                all.headless.value = {
                    isHeadless: true,
                    markers: ["webdriver", "webdriver_configurable"],
                };
            },
        }),
    "insecure-origin": () => {
        const { body } = bodyOf(
            { ...laptop, hints: null },
            {
                seed: 9,
                url: "http://shop.example/sign-up",
                referrer: "",
                change: (all) => {
                    for (const name of needSubtle) {
                        all[name] = null;
                    }
                },
            },
        );
        return { body, headers: chromiumHeaders(laptop, { secure: false }) };
    },
    "strict-csp": () =>
        bodyOf(laptop, {
            seed: 10,
            change: (all) => {
                all.wasmTiming = null;
                all.workerScope.value = {
                    workerNavigator: null,
                    workerWebGL: null,
                    mismatches: [],
                };
                all.error.value.messages = all.error.value.messages.with(
                    3,
                    "Evaluating a string as JavaScript violates this " +
                        "document's Content Security Policy: script-src 'self'",
                );
            },
        }),
    wallets: () =>
        bodyOf(desktop, {
            seed: 11,
            walletAddresses: [evmAddress],
            change: (all) => {
                all.wallets.value = {
                    detected: ["MetaMask", "Phantom"],
                    count: 2,
                    evmProviders: ["MetaMask"],
                    solanaProviders: ["Phantom"],
                    multipleWallets: true,
                    versions: {},
                };
            },
        }),
    // What a person writes by hand after reading the documentation.
    minimal: () => ({
        body: {
            signals: {
                canvas: { value: { hash: "0f1e2d...", isFarbled: false }, duration: 11.5 },
                webgl: {
                    value: {
                        renderer: "ANGLE (Apple, ANGLE Metal Renderer: Apple M2)",
                        vendor: "Google Inc. (Apple)",
                    },
                    duration: 2,
                },
                audio: { value: { hash: "77aa88...", sampleRate: 48000 }, duration: 40 },
                navigator: {
                    value: { hardwareConcurrency: 8, platform: "MacIntel", languages: ["en-US"] },
                    duration: 0.1,
                },
            },
            timestamp: firstMs,
        },
        headers: [
            ["Content-Type", "application/json"],
            ["User-Agent", "curl/7.88.1"],
        ],
    }),
};

if (argv[1] === fileURLToPath(import.meta.url)) {
    mkdirSync(argv[2], { recursive: true });
    for (const [name, make] of Object.entries(bodies)) {
        const { body, headers } = make();
        writeFileSync(join(argv[2], `${name}.json`), JSON.stringify(body));
        writeFileSync(join(argv[2], `${name}.headers.json`), JSON.stringify(headers));
    }
}
