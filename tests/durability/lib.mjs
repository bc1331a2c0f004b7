// What the durability tests share: starting the real server on a data directory, loading it, and asking
// it about many events.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const build = process.env.BUILD ?? 'build'
export const whorl = resolve(build, 'whorl')
const loader = resolve(build, 'bench/load')
const START_MS_MAX = 30_000

/** A data directory that is gone when the test ends. */
export function scratch(t) {
  const directory = mkdtempSync(join(tmpdir(), 'whorl-durability-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Runs whorl to its end. */
export function command(...args) {
  return spawnSync(whorl, args, { encoding: 'utf8', timeout: 60_000 })
}

export function createKey(data, kind) {
  const made = command('key', 'create', '--data', data, '--kind', kind, '--json')
  if (made.status !== 0) throw new Error(`key create ended with ${made.status}: ${made.stderr}`)
  return JSON.parse(made.stdout).key
}

/** Starts a process without waiting for it; `log()` is what it wrote to stderr. */
export function launch(t, file, args) {
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (text) => { log += text })
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  t.after(() => child.kill('SIGKILL'))
  return { child, exited, log: () => log }
}

/** `wrapper`: a command that runs the server, with the server as the process that it starts as. */
export async function startServer(t, data, { port, args = [], wrapper = [] } = {}) {
  port ??= await freePort()
  const line = [...wrapper, whorl, 'serve', '--data', data, '--listen', `127.0.0.1:${port}`, ...args]
  const server = { ...launch(t, line[0], line.slice(1)), port, data }
  const deadline = Date.now() + START_MS_MAX
  while ((await get(port, '/readyz').catch(() => ({}))).status !== 200) {
    if (server.child.exitCode !== null || Date.now() > deadline)
      throw new Error(`the server did not get ready:\n${server.log()}`)
    await sleep(10)
  }
  return server
}

export async function stopServer(server) {
  server.child.kill('SIGTERM')
  return server.exited
}

/** Starts the load generator; `report` resolves when it ends. */
export function startLoad(server, key, options) {
  const args = ['--url', `http://127.0.0.1:${server.port}/v1/identify`, '--key', key, '--json']
  for (const [name, value] of Object.entries(options)) args.push(`--${name}`, String(value))
  const child = spawn(loader, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = '', errors = ''
  child.stdout.on('data', (part) => { text += part })
  child.stderr.on('data', (part) => { errors += part })
  const report = once(child, 'close').then(([code]) => {
    if (code !== 0 && code !== 3) throw new Error(`load ended with ${code}: ${errors}`)
    return { ...JSON.parse(text), code }
  })
  return { child, report }
}

/** The acknowledged events in a file that load wrote. */
export function readAcks(path) {
  return readFileSync(path, 'utf8').split('\n').filter(Boolean).map((line) => {
    const [requestId, visitorId, device] = line.split(' ')
    return { requestId, visitorId, device: Number(device) }
  })
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 })

export function get(port, path, headers = {}, with_agent = undefined) {
  return new Promise((done, failed) => {
    const req = request({ host: '127.0.0.1', port, path, headers, agent: with_agent ?? false }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (part) => { body += part })
      answer.on('end', () => done({ status: answer.statusCode, body }))
      answer.on('error', failed)
    })
    req.on('error', failed)
    req.end()
  })
}

// A visitor id is one number of 119 bits: FingerprintIQ spells it as a ULID with three unused bits behind
// the time, Fingerprint as 20 base62 digits (src/event/id.h).
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz'
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function ulidValue(text) {
  let value = 0n
  for (const c of text) value = value * 32n + BigInt(BASE32.indexOf(c))
  return value
}

export function visitorBase62(iq) {
  const value = ulidValue(iq.slice(3))
  let rest = ((value >> 80n) << 77n) | (value & ((1n << 77n) - 1n)), text = ''
  for (let i = 0; i < 20; i++, rest /= 62n) text = BASE62[Number(rest % 62n)] + text
  return text
}

/** The 11 bytes under which the store keeps an event: 48 bits of time, 40 of chance (35 used). */
export function eventKey(requestId) {
  const value = ulidValue(requestId.slice(4))
  const key = ((value >> 80n) << 40n) | (value & ((1n << 35n) - 1n))
  return Buffer.from(key.toString(16).padStart(22, '0'), 'hex')
}

/** Reads each acknowledged event through the Server API; returns a line per event that is not there or
 * names another visitor than was answered. */
export async function findLost(server, secret, acks) {
  const lost = []
  let next = 0
  const headers = { authorization: `Bearer ${secret}` }
  async function reader() {
    while (next < acks.length) {
      const ack = acks[next++]
      const { status, body } = await get(server.port, `/v4/events/${ack.requestId}`, headers, agent)
      const visitor = status === 200 ? JSON.parse(body).identification?.visitor_id : undefined
      if (visitor !== visitorBase62(ack.visitorId))
        lost.push(`${ack.requestId} of ${ack.visitorId} (${visitorBase62(ack.visitorId)}): ${status}, visitor ${visitor}`)
    }
  }
  await Promise.all(Array.from({ length: 32 }, reader))
  return lost
}
