/* The demo page: identify, show the answer and the reasons, forget, and identify again. #status
 * reads "done" when everything asked for is on the page, or "failed: ..." with what went wrong; the
 * window's title then names the visitor and the visit. */

import type { Identification as Answer } from "../../packages/browser/index.d.ts";
import { forgetEverything } from "./forget.ts";
import {
    comparisonTexts, forgetText, groupReasons, identifiedBy, verdictName, verdictRows, visitsText,
    withNothingOdd, type Identification, type Reason, type Verdict,
} from "./view.ts";

interface Explained {
    event: { verdicts?: Record<string, Verdict>; ipLocation?: Record<string, unknown> };
    identification?: Identification;
    why: Reason[];
    attribution: { text: string; link: string }[];
}

function byId(id: string): HTMLElement {
    return document.getElementById(id) as HTMLElement;
}

function show(id: string, text: string): void {
    byId(id).textContent = text;
}

function element(tag: string, text: string, className = ""): HTMLElement {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
}

const when = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium" });

async function explain(requestId: string): Promise<Explained> {
    const response = await fetch(`/demo/events/${encodeURIComponent(requestId)}`);
    if (!response.ok) throw new Error(`no explanation: status ${response.status}`);
    return response.json();
}

function showVerdicts(verdicts: Record<string, Verdict> | undefined): void {
    const rows = verdictRows(verdicts).map(({ key, name, raised }) => {
        const row = element("li", "", raised ? "raised" : "");
        row.dataset["verdict"] = key;
        const answer = raised ? "yes" : "no";
        row.append(element("span", name), element("span", answer, answer));
        return row;
    });
    byId("verdicts").replaceChildren(...rows);
}

function showReasons(why: readonly Reason[]): void {
    const parts = groupReasons(withNothingOdd(why)).flatMap(([verdict, texts]) => [
        element("dt", verdictName(verdict)),
        ...texts.map((text) => element("dd", text)),
    ]);
    byId("why").replaceChildren(...parts);
}

/* Where the address is, with the line that the data's licence asks for. */
function showPlace(place: Record<string, unknown>, sources: Explained["attribution"]): void {
    const parts = ["city", "region", "country"].map((key) => place[key]).filter(Boolean);
    show("place", parts.length ? `Your address: ${parts.join(", ")}` : "");
    const links = sources.map(({ text, link }) => {
        const made = element("a", text) as HTMLAnchorElement;
        made.href = link;
        return made;
    });
    byId("attribution").replaceChildren(...links);
}

function addToHistory(answer: Answer, by: string): void {
    const row = document.createElement("tr");
    row.append(
        element("td", clock.format(Date.now())),
        element("td", answer.visitorId, "visitor"),
        element("td", String(answer["visitCount"] ?? "")),
        element("td", by),
    );
    byId("history").prepend(row);
}

async function identify(): Promise<string> {
    show("status", "reading this browser…");
    const answer = await window.whorl.identify({ tag: { page: "demo" } });
    const { event, identification, why, attribution } = await explain(answer.requestId);
    show("visitor-id", answer.visitorId);
    const { visitCount, firstSeenAt } = answer;
    show("visits", visitsText(visitCount, firstSeenAt, (ms) => when.format(ms)));
    showVerdicts(event.verdicts ?? (answer["verdicts"] as Record<string, Verdict> | undefined));
    const compared = comparisonTexts(identification).map((words) => ({
        verdict: "identification", reason: "", words,
    }));
    showReasons([...why, ...compared]);
    showPlace(event.ipLocation ?? {}, attribution);
    addToHistory(answer, identifiedBy(why));
    document.title = `whorl: ${answer.visitorId}, visit ${String(answer["visitCount"] ?? "?")}`;
    return answer.visitorId;
}

let visitorId = "";

async function forget(): Promise<void> {
    show("status", "forgetting…");
    show("verdict-forget", "");
    const before = visitorId;
    await forgetEverything();
    visitorId = await identify();
    show("verdict-forget", forgetText(before, visitorId));
}

/* One at a time: the button is off while something runs. Switching it off takes the keyboard's
 * focus from it, which it gets back. */
async function run(task: () => Promise<void>): Promise<void> {
    const button = byId("forget") as HTMLButtonElement;
    const focused = document.activeElement === button;
    button.disabled = true;
    try {
        await task();
        show("status", "done");
    } catch (error) {
        show("status", `failed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
        button.disabled = false;
        if (focused) button.focus();
    }
}

byId("forget").addEventListener("click", () => void run(forget));
void run(async () => {
    visitorId = await identify();
});
