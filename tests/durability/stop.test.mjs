// Starting and stopping: what was accepted is answered, what was answered is kept, and whoever finds the
// port or the data directory taken is told so.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { command, createKey, findLost, freePort, get, launch, readAcks, scratch, startLoad, startServer, stopServer, whorl } from './lib.mjs'

const body = JSON.stringify({ signals: { canvas: { value: { hash: 'a'.repeat(64), isFarbled: false }, duration: 1 } },
  timestamp: Date.now(), url: 'http://shop.example/', referrer: '' })

const identifyHead = (key, extra = '') =>
  `POST /v1/identify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-API-Key: ${key}\r\n` +
  `User-Agent: stop-test\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${extra}\r\n`

/** A connection whose received text can be awaited. */
async function open(port) {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.setEncoding('utf8')
  let text = '', ended = false
  const waiting = new Set()
  const wake = () => { for (const f of waiting) f() }
  socket.on('data', (part) => { text += part; wake() })
  socket.on('close', () => { ended = true; wake() })
  socket.on('error', () => {})
  const until = (pattern) => new Promise((done, failed) => {
    const look = () => {
      const found = pattern.exec(text)
      if (!found && !ended) return
      waiting.delete(look)
      if (found) done(found)
      else failed(new Error(`the connection ended before ${pattern}: ${JSON.stringify(text)}`))
    }
    waiting.add(look)
    look()
  })
  const closed = new Promise((done) => { if (ended) done(); else socket.on('close', done) })
  return { socket, until, closed, text: () => text }
}

test('SIGTERM under load: nothing acknowledged is lost, exit status 0', async (t) => {
  const data = scratch(t), acksPath = join(scratch(t), 'acks')
  const key = createKey(data, 'public'), secret = createKey(data, 'secret')
  let server = await startServer(t, data)
  const load = startLoad(server, key, { connections: 32, seconds: 30, acks: acksPath })
  await sleep(700)
  const end = await stopServer(server)
  const report = await load.report
  assert.deepEqual(end, { code: 0, signal: null }, server.log())
  assert.ok(report.answered > 0, 'stopped before the first answer: nothing was tested')
  assert.deepEqual(Object.keys(report.statuses), ['200'])
  server = await startServer(t, data)
  assert.deepEqual(await findLost(server, secret, readAcks(acksPath)), [])
})

test('SIGTERM: requests that the server has begun to read are answered and stored', async (t) => {
  const data = scratch(t)
  const key = createKey(data, 'public'), secret = createKey(data, 'secret')
  let server = await startServer(t, data)
  const clients = await Promise.all(Array.from({ length: 8 }, () => open(server.port)))
  for (const client of clients) client.socket.write(identifyHead(key, 'Expect: 100-continue\r\n'))
  await Promise.all(clients.map((client) => client.until(/HTTP\/1\.1 100 /))) // so the server has the head
  server.child.kill('SIGTERM')
  const refused = async () => { // it takes no new connections from now on
    const probe = connect(server.port, '127.0.0.1')
    return Promise.race([once(probe, 'connect').then(() => { probe.destroy(); return false }), once(probe, 'error').then(() => true)])
      .catch(() => true)
  }
  while (!(await refused())) await sleep(10)
  for (const client of clients) client.socket.write(body)
  const answers = await Promise.all(clients.map((client) => client.until(/HTTP\/1\.1 200 [^]*"requestId":"(req_\w+)"[^]*"visitorId":"(iq_\w+)"/)))
  for (const client of clients) {
    await client.closed
    assert.match(client.text(), /connection: close/i)
  }
  assert.deepEqual(await server.exited, { code: 0, signal: null }, server.log())
  server = await startServer(t, data)
  const acks = answers.map(([, requestId, visitorId]) => ({ requestId, visitorId }))
  assert.deepEqual(await findLost(server, secret, acks), [])
})

test('SIGTERM: an idle connection does not hold up the stop', async (t) => {
  const server = await startServer(t, scratch(t))
  const client = await open(server.port)
  server.child.kill('SIGTERM')
  await client.closed
  assert.equal(client.text(), '')
  assert.deepEqual(await server.exited, { code: 0, signal: null }, server.log())
})

test('a taken port is named, with its holder', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  t.after(() => holder.close())
  const { port } = holder.address()
  const server = launch(t, whorl, ['serve', '--data', scratch(t), '--listen', `127.0.0.1:${port}`])
  const { code } = await server.exited
  assert.ok(code > 0, `exit status ${code}`)
  assert.match(server.log(), new RegExp(`\\b${port}\\b`))
  assert.match(server.log(), new RegExp(`\\b${process.pid}\\b`), 'the process that holds it')
})

test('a taken data directory is refused, and its owner serves on', async (t) => {
  const data = scratch(t)
  const server = await startServer(t, data)
  const second = launch(t, whorl, ['serve', '--data', data, '--listen', `127.0.0.1:${await freePort()}`])
  const { code } = await second.exited
  assert.ok(code > 0, `exit status ${code}`)
  assert.ok(second.log().includes(data), second.log())
  assert.match(second.log(), /in use|already|running/i)
  assert.equal((await get(server.port, '/readyz')).status, 200)
})

test('keys are made beside a running server and without one', async (t) => {
  const data = scratch(t)
  const before = createKey(data, 'public')
  assert.match(before, /^fiq_/)
  const server = await startServer(t, data)
  assert.ok(existsSync(join(data, 'control.sock')))
  const beside = createKey(data, 'public'), secret = createKey(data, 'secret')
  for (const key of [before, beside]) {
    const client = await open(server.port)
    client.socket.write(identifyHead(key) + body)
    const [, requestId] = await client.until(/HTTP\/1\.1 200 [^]*"requestId":"(req_\w+)"/)
    client.socket.destroy()
    const { status } = await get(server.port, `/v4/events/${requestId}`, { authorization: `Bearer ${secret}` })
    assert.equal(status, 200)
  }
  assert.deepEqual(await stopServer(server), { code: 0, signal: null })
  const again = await startServer(t, data) // both kinds of key outlive the server
  const client = await open(again.port)
  client.socket.write(identifyHead(beside) + body)
  await client.until(/HTTP\/1\.1 200 /)
  client.socket.destroy()
  const wrong = command('key', 'create', '--data', data, '--kind', 'nonsense', '--json')
  assert.notEqual(wrong.status, 0)
})
