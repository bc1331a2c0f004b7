// The interface of Fingerprint's agent v4. A site with its npm package sets endpoints instead; see
// docs/agent.md.

import { key, show, whorl } from "./show.js";

const Fingerprint = await import(`${whorl}/web/v4/${key}`);

const fp = Fingerprint.start({ cache: { storage: "agent", duration: "optimize-cost" } });
await show(fp.get({ tags: { page: "v4" } }));
