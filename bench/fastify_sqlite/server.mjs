// What a user would write instead of whorl: Fastify takes the body, an exact hash over its steady
// signals is the visitor id, SQLite keeps visitors and events, and the answer goes out once the event is
// on disk. One process, one durable transaction per event (WAL, synchronous=FULL).
//
//     node server.mjs PORT DATABASE
import { createHash, randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import Fastify from "fastify";

const [port, path] = process.argv.slice(2);
const db = new DatabaseSync(path);
db.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS visitors (
    id TEXT PRIMARY KEY, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, visits INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY, visitor TEXT NOT NULL, time INTEGER NOT NULL, ip TEXT NOT NULL, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS events_by_visitor ON events (visitor, time);
`);
const findVisitor = db.prepare("SELECT first_seen, last_seen, visits FROM visitors WHERE id = ?");
const saveVisitor = db.prepare(`
  INSERT INTO visitors VALUES (?1, ?2, ?2, 1)
  ON CONFLICT (id) DO UPDATE SET last_seen = ?2, visits = visits + 1`);
const saveEvent = db.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?)");

// Signals that a returning browser sends unchanged; the usual recipe.
const steady = [
    "canvas",
    "webgl",
    "audio",
    "fonts",
    "navigator",
    "screen",
    "math",
    "timezone",
    "cssStyle",
];

function visitorId(signals) {
    const hash = createHash("sha256");
    for (const name of steady) {
        const { gpuTimingMs, ...value } = signals[name]?.value ?? {};
        hash.update(JSON.stringify(value));
    }
    return "iq_" + hash.digest("hex").slice(0, 26);
}

function store(visitor, event, now, ip, body) {
    db.exec("BEGIN IMMEDIATE");
    try {
        const before = findVisitor.get(visitor);
        saveVisitor.run(visitor, now);
        saveEvent.run(event, visitor, now, ip, body);
        db.exec("COMMIT");
        return before;
    } catch (error) {
        db.exec("ROLLBACK");
        throw error;
    }
}

const app = Fastify({ logger: false });

app.get("/readyz", async () => ({ ready: true }));

app.post("/v1/identify", async (request, reply) => {
    const { signals } = request.body ?? {};
    if (!signals) return reply.code(400).send({ error: "signals is missing" });
    const now = Date.now();
    const visitor = visitorId(signals);
    const event = "req_" + randomUUID();
    const before = store(visitor, event, now, request.ip, JSON.stringify(request.body));
    const bot = signals.headless?.value?.isHeadless === true;
    return {
        requestId: event,
        visitorId: visitor,
        confidence: 1,
        botProbability: bot ? 0.9 : 0.05,
        suspectScore: bot ? 60 : 0,
        visitCount: (before?.visits ?? 0) + 1,
        firstSeenAt: before?.first_seen ?? now,
        lastSeenAt: before?.last_seen ?? null,
        riskFactors: bot ? ["HEADLESS_BROWSER"] : [],
        verdicts: {
            bot: { result: bot, probability: bot ? 0.9 : 0.05 },
            headless: { result: bot },
            vpn: { result: false, confidence: 0.5 },
            tor: { result: false },
            proxy: { result: false },
            incognito: { result: signals.incognito?.value?.isPrivate === true },
            tampering: { result: false, anomalyScore: 0 },
            virtualMachine: { result: signals.virtualization?.value?.vmDetected === true },
            devtools: { result: signals.devTools?.value?.isOpen === true },
            privacyBrowser: { result: false, name: null },
            highActivity: { result: false },
            ipBlocklist: { result: false },
        },
        ip: request.ip,
        timestamp: now,
    };
});

process.on("SIGTERM", async () => {
    await app.close();
    db.close();
});

await app.listen({ host: "127.0.0.1", port: Number(port) });
