// Starts the real server for a test, on a data directory and a port of its own, and talks to it.
//
//   const whorl = await startWhorl();              // two keys are made: whorl.publicKey, .secretKey
//   const answer = await whorl.identify(body, { headers });
//   const event = await whorl.get(`/v4/events/${answer.json.requestId}`, { bearer: true });
//   await whorl.remove();                          // stops it, expects exit code 0, removes the data
//
// The binary is build/whorl, or what the environment variable WHORL names.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { send } from "./http.mjs";
import { OpenApi } from "./openapi.mjs";

export const repository = fileURLToPath(new URL("../..", import.meta.url));
export const binary = process.env.WHORL || join(repository, "build/whorl");

// The document is the same for every server of one binary.
let openApi;

const startTimeoutMs = 30_000;
const stopTimeoutMs = 20_000;

export async function freePort() {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

/* Options: flags (further ones for `serve`), data (a directory to use and keep), keys (false: make
 * none), origins (patterns for the public key), wrapper (a command that runs the server's command
 * line in the process that it was started as, such as strace -D). */
export async function startWhorl(options = {}) {
    const whorl = new Whorl(options);
    whorl.data = options.data ?? (await mkdtemp(join(tmpdir(), "whorl-test-")));
    whorl.ownsData = options.data === undefined;
    await whorl.start();
    if (options.keys !== false) {
        whorl.publicKey = await whorl.key("public", { origins: options.origins });
        whorl.secretKey = await whorl.key("secret");
    }
    return whorl;
}

/* Where browsers put it: before what Sec-Fetch says, and Chromium before Accept-Encoding. */
export function placeOrigin(headers, origin) {
    const fetched = headers.findIndex(([name]) => /^sec-fetch-/i.test(name));
    const encoding = headers.findIndex(([name]) => /^accept-encoding$/i.test(name));
    const at = [fetched, encoding, headers.length].find((place) => place >= 0);
    return headers.toSpliced(at, 0, ["Origin", origin]);
}

class Whorl {
    #child;
    #exited;
    #ending = false; // an exit is expected
    log = "";

    constructor({ flags = [], wrapper = [] }) {
        this.flags = flags;
        this.wrapper = wrapper;
    }

    get pid() {
        return this.#child.pid;
    }

    async start() {
        this.port ??= await freePort();
        this.url = `http://127.0.0.1:${this.port}`;
        const listen = `127.0.0.1:${this.port}`;
        const args = ["serve", "--data", this.data, "--listen", listen, ...this.flags];
        const [file, ...rest] = [...this.wrapper, binary, ...args];
        const child = spawn(file, rest, { stdio: ["ignore", "pipe", "pipe"] });
        this.#child = child;
        this.#exited = new Promise((resolve) => {
            child.once("error", (error) => resolve({ error }));
            child.once("close", (code, signal) => resolve({ code, signal }));
        });
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8").on("data", (text) => (this.log += text));
        }
        this.#ending = false;
        this.#exited.then((how) => {
            if (!this.#ending) {
                console.error(
                    `whorl ended by itself: ${JSON.stringify(how)}\n${this.log.slice(-4000)}`,
                );
            }
        });
        await this.#ready();
    }

    async #ready() {
        const deadline = Date.now() + startTimeoutMs;
        let exit;
        this.#exited.then((how) => (exit = how));
        while (Date.now() < deadline) {
            if (exit) {
                throw new Error(`${binary} ended at once: ${JSON.stringify(exit)}\n${this.log}`);
            }
            const answer = await this.get("/readyz").catch(() => undefined);
            if (answer?.status === 200) {
                return;
            }
            await sleep(20);
        }
        await this.kill();
        throw new Error(`whorl was not ready in ${startTimeoutMs} ms\n${this.log}`);
    }

    /* SIGTERM, and the exit code must be 0. */
    async stop() {
        this.#ending = true;
        this.#child.kill("SIGTERM");
        const late = sleep(stopTimeoutMs, "late", { ref: false });
        const exit = await Promise.race([this.#exited, late]);
        if (exit === "late") {
            await this.kill();
            throw new Error(`whorl did not stop in ${stopTimeoutMs} ms\n${this.log}`);
        }
        if (exit.code !== 0) {
            throw new Error(`whorl stopped with ${JSON.stringify(exit)}\n${this.log}`);
        }
    }

    async kill() {
        this.#ending = true;
        this.#child.kill("SIGKILL");
        await this.#exited;
    }

    async restart() {
        await this.stop();
        await this.start();
    }

    async remove() {
        try {
            await this.stop();
        } finally {
            if (this.ownsData) {
                await rm(this.data, { recursive: true, force: true });
            }
        }
    }

    /* Runs a command of the binary; resolves with its output, rejects when it fails. */
    async run(...args) {
        const { stdout } = await promisify(execFile)(binary, args);
        return stdout;
    }

    /* Makes a key and returns its text. Options: origins, workspace, environment, rate. */
    async key(kind, { origins = [], workspace, environment, rate } = {}) {
        const args = ["key", "create", "--data", this.data, "--kind", kind, "--json"];
        const option = (name, value) => value !== undefined && args.push(`--${name}`, `${value}`);
        origins.forEach((pattern) => option("origin", pattern));
        option("workspace", workspace);
        option("environment", environment);
        option("rate", rate);
        const made = JSON.parse(await this.run(...args));
        if (typeof made.id !== "string" || typeof made.key !== "string") {
            throw new Error(`key create --json printed ${JSON.stringify(made)}`);
        }
        return made.key;
    }

    /* Any request. See http.mjs for the options and the answer, which must be what /openapi.json says. */
    async send(options) {
        const answer = await send({ port: this.port, ...options });
        if (options.port === undefined) {
            (await this.openApi()).assertAnswer(options, answer);
        }
        return answer;
    }

    /* What /openapi.json says, of whichever server of the tests was asked first. */
    async openApi() {
        openApi ??= send({ port: this.port, path: "/openapi.json" })
            .then(({ json }) => new OpenApi(json))
            .catch((error) => {
                openApi = undefined;
                throw error;
            });
        return openApi;
    }

    /* As the global fetch, for SDKs: whatever host the URL names, this server is asked. */
    fetch = async (url, init = {}) => {
        const { pathname, search } = new URL(url);
        const path = pathname + search;
        const answer = await fetch(this.url + path, init);
        const text = await answer.clone().text();
        const headers = Object.fromEntries(answer.headers);
        const { status } = answer;
        (await this.openApi()).assertAnswer({ method: init.method, path }, { status, headers, text });
        return answer;
    };

    /* GET with a secret key: `auth` is its place, header (v3), query (v3) or bearer (v4). */
    get(path, { auth, key = this.secretKey, headers = [] } = {}) {
        if (auth === "header") {
            headers = [...headers, ["Auth-API-Key", key]];
        } else if (auth === "bearer") {
            headers = [...headers, ["Authorization", `Bearer ${key}`]];
        } else if (auth === "query") {
            path += `${path.includes("?") ? "&" : "?"}api_key=${encodeURIComponent(key)}`;
        }
        return this.send({ path, headers });
    }

    /* POST /v1/identify. `body` is an object, or text or bytes to be sent as they are. Options:
     * headers, key (null: none), origin, cookie, nowMs (with --test-clock), path. */
    identify(body, options = {}) {
        const { headers = [], key = this.publicKey, origin, cookie, nowMs, path } = options;
        const all = origin ? placeOrigin(headers, origin) : [...headers];
        const has = (name) => all.some(([other]) => other.toLowerCase() === name.toLowerCase());
        const add = (name, value) => value != null && !has(name) && all.push([name, `${value}`]);
        add("Content-Type", "application/json");
        add("X-API-Key", key);
        add("Cookie", cookie);
        add("X-Test-Now-Ms", nowMs);
        const raw = typeof body === "string" || body instanceof Uint8Array;
        return this.send({
            method: "POST",
            path: path ?? "/v1/identify",
            headers: all,
            body: raw ? body : JSON.stringify(body),
        });
    }
}
