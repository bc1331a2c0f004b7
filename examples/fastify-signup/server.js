// A sign-up server that asks whorl who is at the door.
//
// The page identifies the browser with whorl's agent and sends the requestId it gets along with the
// form. The server then asks whorl about that event and creates the account only if the event is
// fresh, belongs to this very request and was never used before, no bot made it, and the device has
// no account yet. What the browser says about itself counts for nothing; what whorl says does.

import { randomBytes, scrypt } from "node:crypto";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";

import cors from "@fastify/cors";
import { FingerprintJsServerApiClient, Region } from "@fingerprintjs/fingerprintjs-pro-server-api";
import Fastify from "fastify";

// ---- settings -----------------------------------------------------------------------------------

const env = process.env;
const port = Number(env.PORT || 3000);
const whorlUrl = new URL(env.WHORL_URL || "http://127.0.0.1:8080").origin;
const publicKey = env.WHORL_PUBLIC_KEY;
const secretKey = env.WHORL_SECRET_KEY;
// Every origin that shows the form; a front end on another port is one of them.
const allowedOrigins = (env.ALLOWED_ORIGINS || `http://localhost:${port},http://127.0.0.1:${port}`)
    .split(",")
    .map((origin) => new URL(origin.trim()).origin);
// "off" where whorl and this server see the same visitor under different addresses.
const checkAddress = env.CHECK_ADDRESS !== "off";

if (!publicKey || !secretKey) {
    console.error("Set WHORL_PUBLIC_KEY and WHORL_SECRET_KEY (see README.md).");
    process.exit(1);
}

const eventAgeMaxMs = 2 * 60 * 1000;

// ---- whorl --------------------------------------------------------------------------------------

// The SDK knows only its vendor's hosts. Its `fetch` option sends the same requests to whorl.
const client = new FingerprintJsServerApiClient({
    apiKey: secretKey,
    region: Region.Global,
    fetch: (url, init) => {
        const { pathname, search } = new URL(url);
        return fetch(whorlUrl + pathname + search, { ...init, signal: AbortSignal.timeout(5000) });
    },
});

// ---- database -----------------------------------------------------------------------------------

// The UNIQUE constraints are the real checks: of two requests at once, one insert fails.
const db = new DatabaseSync(env.DATABASE || "signup.db");
db.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA busy_timeout = 2000;
  CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE COLLATE NOCASE,
    password TEXT NOT NULL,
    visitor_id TEXT NOT NULL UNIQUE
  );
  CREATE TABLE IF NOT EXISTS used_events (
    request_id TEXT PRIMARY KEY,
    used_at INTEGER NOT NULL
  );
`);
const insertUsedEvent = db.prepare("INSERT OR IGNORE INTO used_events VALUES (?, ?)");
const forgetUsedEvents = db.prepare("DELETE FROM used_events WHERE used_at < ?");
const findDevice = db.prepare("SELECT 1 FROM accounts WHERE visitor_id = ?");
const findUsername = db.prepare("SELECT 1 FROM accounts WHERE username = ?");
const insertAccount = db.prepare(
    "INSERT OR IGNORE INTO accounts (username, password, visitor_id) VALUES (?, ?, ?)",
);

// True for the first who asks. Events this old are refused anyway, so their ids can be forgotten.
function claimEvent(requestId) {
    const now = Date.now();
    forgetUsedEvents.run(now - 3 * eventAgeMaxMs);
    return insertUsedEvent.run(requestId, now).changes === 1;
}

async function hashPassword(password) {
    const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 2 ** 20 };
    const salt = randomBytes(16);
    const hash = await promisify(scrypt)(password, salt, 32, cost);
    const parameters = `scrypt$${cost.N}$${cost.r}$${cost.p}`;
    return `${parameters}$${salt.toString("base64")}$${hash.toString("base64")}`;
}

// ---- checks -------------------------------------------------------------------------------------

const ipv4 = (address) => address?.replace(/^::ffff:/i, "");

// Why this event cannot vouch for this request; null when it can.
function whyNotTrusted(identification, request) {
    if (Math.abs(Date.now() - identification.timestamp) > eventAgeMaxMs) {
        return "the event is not of the last two minutes";
    }
    if (
        !URL.canParse(identification.url) ||
        !allowedOrigins.includes(new URL(identification.url).origin)
    ) {
        return `the event happened on another site: ${identification.url}`;
    }
    if (checkAddress && ipv4(identification.ip) !== ipv4(request.ip)) {
        return `the event came from ${identification.ip}, the request from ${request.ip}`;
    }
    return null;
}

// ---- server -------------------------------------------------------------------------------------

const app = Fastify({
    bodyLimit: 16 * 1024,
    logger: { level: env.LOG_LEVEL || "warn" },
    trustProxy: env.TRUST_PROXY || false,
    ajv: { customOptions: { coerceTypes: false } },
});

await app.register(cors, { origin: allowedOrigins });

app.setErrorHandler((error, request, reply) => {
    if (error.statusCode >= 400 && error.statusCode < 500) {
        return reply.code(error.statusCode).send({ error: error.message });
    }
    request.log.error(error);
    return reply.code(500).send({ error: "Internal server error." });
});
app.setNotFoundHandler((request, reply) => reply.code(404).send({ error: "Not found." }));

const createAccount = {
    body: {
        type: "object",
        required: ["requestId", "username", "password"],
        properties: {
            // whorl's two spellings: 1708102555327.NLOjmg and req_<26 characters>
            requestId: {
                type: "string",
                maxLength: 64,
                pattern: "^[A-Za-z0-9_]+(\\.[A-Za-z0-9]+)?$",
            },
            username: {
                type: "string",
                minLength: 3,
                maxLength: 64,
                pattern: "^[\\p{L}\\p{N}@._+-]+$",
            },
            password: { type: "string", minLength: 8, maxLength: 200 },
        },
    },
};

app.post("/api/create-account", { schema: createAccount }, async (request, reply) => {
    const { requestId, username, password } = request.body;
    const refuse = (status, reason) => {
        request.log.warn({ requestId, reason }, "sign-up refused");
        return reply.code(status).send({ error: "Failed to create account." });
    };

    let products;
    try {
        ({ products } = await client.getEvent(requestId));
    } catch (error) {
        if (error.statusCode === 404) {
            return reply.code(400).send({ error: "Unknown requestId." });
        }
        request.log.error(error, "whorl could not be asked");
        return reply
            .code(503)
            .send({ error: "Sign-up is not possible at the moment, try again later." });
    }

    const identification = products.identification?.data;
    const bot = products.botd?.data?.bot;
    if (!identification?.visitorId || !bot) {
        return refuse(403, "the event says too little");
    }
    const reason = whyNotTrusted(identification, request);
    if (reason) {
        return refuse(403, reason);
    }
    // whorl's own spelling of the id: the same event under its other spelling is no second event.
    if (!claimEvent(identification.requestId)) {
        return refuse(403, "the event was used before");
    }
    if (bot.result !== "notDetected") {
        return refuse(403, `bot: ${bot.result} ${bot.type ?? ""}`);
    }

    const { visitorId } = identification;
    const deviceKnown = () => findDevice.get(visitorId) !== undefined;
    if (deviceKnown()) {
        return refuse(429, "the device has an account");
    }
    if (findUsername.get(username)) {
        return reply.code(409).send({ error: "This username is taken." });
    }
    // Hashing takes a moment, in which another request may have passed the two checks above too.
    const hash = await hashPassword(password);
    if (insertAccount.run(username, hash, visitorId).changes === 1) {
        return reply.send({ status: "Account created!" });
    }
    return deviceKnown()
        ? refuse(429, "the device has an account")
        : reply.code(409).send({ error: "This username is taken." });
});

// ---- the page with the form ---------------------------------------------------------------------

const file = (name) => readFileSync(new URL(`public/${name}`, import.meta.url), "utf8");
const agentUrl = `${whorlUrl}/agent/${encodeURIComponent(publicKey)}.js`;
const page = file("index.html").replace("{{AGENT_URL}}", agentUrl);
const script = file("page.js");

app.get("/", (request, reply) => reply.type("text/html; charset=utf-8").send(page));
app.get("/page.js", (request, reply) => reply.type("text/javascript; charset=utf-8").send(script));

await app.listen({ port, host: env.HOST || "127.0.0.1" });
console.log(`Server running on http://localhost:${port}`);

for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, async () => {
        await app.close();
        db.close();
    });
}
