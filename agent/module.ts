/* whorl's browser agent as an ES module: import { identify } from "https://HOST/agent/KEY.mjs". */

import { create } from "./whorl.ts";

const whorl = create(import.meta.url, false);

export const { identify, configure, start, stop, debug, version } = whorl;
export { WhorlError } from "./errors.ts";
export default whorl;
