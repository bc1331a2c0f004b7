// A customer's site with the agent on it, for browsers that nobody drives: the page identifies by itself. It
// stands before whorl as a trusted proxy does, and says where a visit came from and when.
//
//   const site = await startSite(whorl);
//   const visit = site.expect({ address, nowMs });    // then start a browser on site.url, or on
//                                                     // `${site.url}?wait=3000`: identifies 3 s after the load
//   await visit.answered                              // what whorl said to the page

import { createServer, request } from "node:http";

const page = (key, waitMs) => `<!doctype html><html lang="en"><title>starting</title><link rel="icon" href="data:,">
<p>A page that identifies when it is opened.</p>
<script src="/agent/${key}.js"></script>
<script>
const identify = () => whorl.identify().then(
    () => (document.title = "done"),
    (error) => (document.title = "failed: " + error.code + " " + error.message),
);
const waitMs = ${waitMs};
if (waitMs) setTimeout(identify, waitMs);
else identify();
</script></html>`;

export async function startSite(whorl) {
    const site = new Site(whorl);
    await site.listen();
    return site;
}

class Site {
    #whorl;
    #server;
    #visit = { address: "192.0.2.1", nowMs: Date.now(), answer() {} };

    constructor(whorl) {
        this.#whorl = whorl;
    }

    async listen() {
        this.#server = createServer((incoming, outgoing) => this.#serve(incoming, outgoing));
        await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
        this.url = `http://127.0.0.1:${this.#server.address().port}/`;
    }

    close() {
        this.#server.close();
        this.#server.closeAllConnections();
    }

    /* The next visit comes from this address at this time. */
    expect({ address, nowMs }) {
        const visit = { address, nowMs };
        visit.answered = new Promise((resolve) => (visit.answer = resolve));
        this.#visit = visit;
        return visit;
    }

    #serve(incoming, outgoing) {
        const { pathname, searchParams } = new URL(incoming.url, this.url);
        if (pathname === "/") {
            outgoing.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
            outgoing.end(page(this.#whorl.publicKey, Number(searchParams.get("wait") ?? 0)));
            return;
        }
        this.#forward(incoming, outgoing);
    }

    #forward(incoming, outgoing) {
        const visit = this.#visit;
        const headers = [...incoming.rawHeaders];
        headers.push("X-Forwarded-For", visit.address, "X-Test-Now-Ms", `${visit.nowMs}`);
        const { method, url: path } = incoming;
        const to = { host: "127.0.0.1", port: this.#whorl.port, method, path, headers };
        const asked = request({ ...to, agent: false }, (answer) => {
            const parts = [];
            answer.on("data", (part) => parts.push(part));
            answer.on("end", () => {
                const body = Buffer.concat(parts);
                outgoing.writeHead(answer.statusCode, answer.rawHeaders);
                outgoing.end(body);
                if (method === "POST") visit.answer({ status: answer.statusCode, body });
            });
        });
        asked.on("error", () => outgoing.destroy());
        incoming.pipe(asked);
    }
}
