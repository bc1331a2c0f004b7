// What the types of packages/browser let pass, and what not: compiled by `make lint`, with examples/pages, and never run.

import { loadAgent, type Identification, type WhorlError } from "whorl-browser";
import { useVisitor as useInReact } from "whorl-browser/react";
import { useVisitor as useInVue } from "whorl-browser/vue";

const whorl = await loadAgent({
    src: "https://id.shop.example/agent/PUBLIC_KEY.mjs",
    cache: { storage: "session", lifetime: 600 },
    consent: "required",
    probes: ["webrtc"],
    urlHashing: { query: true },
});
whorl.start();

export async function requestIdFor(linkedId: string): Promise<string | undefined> {
    try {
        const { requestId }: Identification = await whorl.identify({ linkedId, timeout: 3000, tag: { page: "pay" } });
        return requestId;
    } catch (error) {
        const { code, requestId } = error as WhorlError;
        return code === "rate_limit" ? requestId : undefined;
    }
}

// @ts-expect-error src is missing
await loadAgent({ consent: "given" });
// @ts-expect-error there is no such storage
whorl.configure({ cache: { storage: "disk" } });
// @ts-expect-error a linkedId is a text
await whorl.identify({ linkedId: 7 });
// @ts-expect-error the same
useInReact({ linkedId: 7 });
// @ts-expect-error the same
useInVue({ linkedId: 7 });
// @ts-expect-error no such code
export const never = (error: WhorlError): boolean => error.code === "nonsense";
