/* The same as a classic script that defines window.FingerprintJS. */

import { loader } from "./agent.ts";
import * as errors from "./errors.ts";

(window as unknown as Record<string, unknown>)["FingerprintJS"] = { ...errors, load: loader() };
