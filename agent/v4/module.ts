/* What a v4 npm loader imports, and what a page imports itself: import("https://HOST/web/v4/KEY"). */

import { handleAgentData, starter, withoutDefault } from "./agent.ts";
import { isFingerprintError } from "./errors.ts";

const start = starter(import.meta.url);

export { handleAgentData, isFingerprintError, start, withoutDefault };
export default { handleAgentData, isFingerprintError, start, withoutDefault };
