// The agent as a module, with a cache for the tab.

import { key, show, whorl } from "./show.js";

const { configure, identify } = await import(`${whorl}/agent/${key}.mjs`);

configure({ cache: { storage: "session", lifetime: 600 } });
await show(identify({ tag: { page: "module" }, extended: true }));
