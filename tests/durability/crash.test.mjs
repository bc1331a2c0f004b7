// kill -9 in the middle of load loses no acknowledged event. Again and again on the same data directory:
// start, load from many connections, kill at a random moment, start, and read back every event that was
// answered with 200 since the last kill, and a sample of all before.
//
// CRASH_KILLS: how often (20). CRASH_SEED: repeats a run's moments and devices.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKey, findLost, readAcks, scratch, startLoad, startServer, stopServer, visitorBase62, get } from './lib.mjs'

const kills = Number(process.env.CRASH_KILLS ?? 20)
const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000)
const SAMPLE = 300

// mulberry32: small, seeded.
let state = seed
function random() {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

const pick = (list, n) => Array.from({ length: Math.min(n, list.length) }, () => list[Math.floor(random() * list.length)])

/** Every acknowledged event of a visitor is in its history. Long histories are compared in part. */
async function checkHistory(server, secret, acks, visitorId) {
  const path = `/visitors/${visitorBase62(visitorId)}?limit=500`
  const { status, body } = await get(server.port, path, { 'auth-api-key': secret })
  assert.equal(status, 200, `${path}: ${body}`)
  const stored = JSON.parse(body).visits.length
  const acknowledged = acks.filter((ack) => ack.visitorId === visitorId).length
  assert.ok(stored >= Math.min(acknowledged, 500), `${visitorId}: ${acknowledged} acknowledged, ${stored} stored`)
}

test(`${kills} kills under load lose no acknowledged event`, async (t) => {
  console.log(`# CRASH_SEED=${seed} CRASH_KILLS=${kills}`)
  const data = scratch(t)
  const key = createKey(data, 'public'), secret = createKey(data, 'secret')
  const acksPath = join(scratch(t), 'acks')
  const all = []
  let server = await startServer(t, data)
  for (let kill = 0; kill < kills; kill++) {
    const load = startLoad(server, key, {
      connections: 32, seconds: 30, seed: seed * 1000 + kill, acks: acksPath, returning: 0.7 })
    await sleep(100 + random() * 700)
    server.child.kill('SIGKILL')
    const [report, end] = await Promise.all([load.report, server.exited])
    assert.equal(end.signal, 'SIGKILL', `the server ended by itself:\n${server.log()}`)
    assert.ok(report.answered > 0, 'the kill came before the first answer: nothing was tested')
    assert.deepEqual(Object.keys(report.statuses), ['200'], `errors under load: ${JSON.stringify(report.statuses)}`)

    server = await startServer(t, data)
    const acks = readAcks(acksPath)
    assert.equal(acks.length, report.statuses[200])
    const lost = await findLost(server, secret, [...acks, ...pick(all, SAMPLE)])
    assert.deepEqual(lost, [], `kill ${kill + 1}, seed ${seed}: lost or changed`)
    for (const ack of pick(acks, 3)) await checkHistory(server, secret, acks, ack.visitorId)
    all.push(...acks)
  }
  assert.deepEqual(await stopServer(server), { code: 0, signal: null }, server.log())
  console.log(`# ${all.length} acknowledged events, none lost`)
})
