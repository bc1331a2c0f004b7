/* import("https://HOST/web/v3/KEY").then((FingerprintJS) => FingerprintJS.load()) */

import { loader } from "./agent.ts";
import * as errors from "./errors.ts";

export const load = loader(import.meta.url);
export * from "./errors.ts";
export default { ...errors, load };
