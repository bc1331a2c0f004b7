// The interface of Fingerprint's agent v3. A site with its npm package sets scriptUrlPattern and endpoint
// instead; see docs/agent.md.

import { key, show, whorl } from "./show.js";

const FingerprintJS = await import(`${whorl}/web/v3/${key}`);

const fp = await FingerprintJS.load();
await show(fp.get({ tag: { page: "v3" }, extendedResult: true }));
