/* whorl's browser agent as a classic script: `whorl.identify()` reads what this browser gives away,
 * sends it to the server the script came from and resolves with that server's answer.
 *
 * <script src="https://HOST/agent/KEY.js" data-consent="required"> reads nothing before
 * whorl.start(). */

import type { Whorl } from "../packages/browser/index.d.ts";
import { currentScriptUrl } from "./config.ts";
import { create } from "./whorl.ts";

declare global {
    interface Window {
        whorl: Whorl;
    }
}

const consent = (document.currentScript as HTMLScriptElement | null)?.dataset?.["consent"];

window.whorl = create(currentScriptUrl(), consent === "required");
