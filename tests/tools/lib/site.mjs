// A customer's page that identifies when it is opened, on a port of its own. The agent comes from whorl and
// posts to whorl, so that the connection the server judges is the browser's own.
//
//   const site = await startSite(whorl);
//   const visit = site.expect();                  // one at a time: visit.url is what to open
//   const { requestId } = await visit.answered;   // what whorl said to the page

import { createServer } from "node:http";

const page = (whorl, number) => `<!doctype html><html lang="en"><title>starting</title>
<link rel="icon" href="data:,"><p>A page that identifies when it is opened.</p>
<script src="${whorl.url}/agent/${whorl.publicKey}.js"></script>
<script>
const tell = (what) => fetch("/told/${number}", { method: "POST", body: JSON.stringify(what) });
whorl.identify().then(tell, (error) => tell({ failed: error.code + " " + error.message }))
    .then(() => (document.title = "done"));
</script></html>`;

export async function startSite(whorl) {
    const waiting = new Map();
    let visits = 0;
    const server = createServer((incoming, outgoing) => {
        const [, kind, number] = incoming.url.split("/");
        if (kind === "visit") {
            outgoing.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
            outgoing.end(page(whorl, number));
            return;
        }
        const parts = [];
        incoming.on("data", (part) => parts.push(part));
        incoming.on("end", () => {
            outgoing.writeHead(204).end();
            if (kind === "told") waiting.get(number)?.(JSON.parse(Buffer.concat(parts)));
        });
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${server.address().port}`;
    return {
        origin,
        expect() {
            const number = `${++visits}`;
            const answered = new Promise((resolve) => waiting.set(number, resolve));
            return { url: `${origin}/visit/${number}`, answered };
        },
        close() {
            server.close();
            server.closeAllConnections();
        },
    };
}
