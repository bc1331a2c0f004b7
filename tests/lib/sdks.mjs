// The two published Node SDKs, pointed at a server of the tests. Every answer they get is held against
// /openapi.json (Whorl.fetch).

import { FingerprintServerApiClient, Region as RegionV4 } from "@fingerprint/node-sdk";
import { FingerprintJsServerApiClient, Region } from "@fingerprintjs/fingerprintjs-pro-server-api";

export const sdk6 = (whorl, options) =>
    new FingerprintJsServerApiClient({
        apiKey: whorl.secretKey,
        region: Region.Global,
        fetch: whorl.fetch,
        ...options,
    });

export const sdk7 = (whorl, options) =>
    new FingerprintServerApiClient({
        apiKey: whorl.secretKey,
        region: RegionV4.Global,
        fetch: whorl.fetch,
        ...options,
    });
