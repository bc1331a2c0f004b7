/* What a v3 npm loader downloads: a classic script that leaves the agent under this name. */

import { loader } from "./agent.ts";

(window as unknown as Record<string, unknown>)["__fpjs_p_l_b"] = { load: loader() };
