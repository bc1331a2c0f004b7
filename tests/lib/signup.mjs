// Starts examples/fastify-signup for a test. Needs `npm ci` in that folder.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { send } from "./http.mjs";
import { freePort, repository } from "./whorl.mjs";

const startTimeoutMs = 30_000;

/* `settings` are environment variables beside the keys; a function gets the port and returns them.
 * Resolves with { port, origin, settings, post(body, headers), stop(), log }. */
export async function startSignup(whorl, database, settings = {}) {
    const port = await freePort();
    const own = typeof settings === "function" ? settings(port) : settings;
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "server.js"], {
        cwd: join(repository, "examples/fastify-signup"),
        stdio: ["ignore", "pipe", "pipe"],
        env: {
            ...process.env,
            PORT: `${port}`,
            DATABASE: database,
            WHORL_URL: whorl.url,
            WHORL_PUBLIC_KEY: whorl.publicKey,
            WHORL_SECRET_KEY: whorl.secretKey,
            ...own,
        },
    });
    const signup = { port, origin: `http://localhost:${port}`, log: "" };
    const exited = new Promise((resolve) => child.once("close", (code) => resolve(code)));
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text) => (signup.log += text));
    }
    signup.send = (options) => send({ port, ...options });
    signup.post = (body, headers = []) =>
        signup.send({
            method: "POST",
            path: "/api/create-account",
            headers: [["Content-Type", "application/json"], ...headers],
            body: typeof body === "string" ? body : JSON.stringify(body),
        });
    signup.stop = async () => {
        child.kill("SIGTERM");
        const code = await exited;
        if (code !== 0) {
            throw new Error(`the example ended with ${code}\n${signup.log}`);
        }
    };

    let code;
    exited.then((value) => (code = value));
    const deadline = Date.now() + startTimeoutMs;
    while (!signup.log.includes("Server running")) {
        if (code !== undefined || Date.now() > deadline) {
            child.kill("SIGKILL");
            throw new Error(`the example did not start\n${signup.log}`);
        }
        await sleep(20);
    }
    return signup;
}
