// SPDX-License-Identifier: MIT
// Each check is a line when it fails; the last line counts them.
'use strict';
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const tls = require('tls');
const { execFileSync, spawnSync } = require('child_process');
const { Api, check, finish, follow, raw, send, startDaemon, startSegment, work } = require('./client.js');

const METERS = ['63120417', '65204811', '11304522', '31002291'];
const GATES = '[at desk]\nlisten = 127.0.0.1:0\nlogin = no\n[transparent roof]\nbus = roof\nlisten = 127.0.0.1:0\n';
const NOWHERE = 'mb_' + 'A'.repeat(43);

// ---- tokens and roles ----

async function firstToken(daemon) {
  const mode = fs.statSync(daemon.first).mode & 0o777;
  check('the first token is readable by its owner only', mode === 0o600, mode.toString(8));
  check('the log says where it is', daemon.log.some((line) => line.includes('first-token')));
  check('the log does not show it', !daemon.log.some((line) => line.includes(daemon.token)));
}

async function tokens(api, manager) {
  await api.ask('GET', '/status', 401);
  await api.ask('GET', '/status', 401, { token: NOWHERE });
  await api.ask('GET', '/status', 401, { headers: { Authorization: 'Basic eDp5' } });
  const viewer = await api.ask('POST', '/tokens', 201, { token: manager, body: { name: 'v', role: 'viewer' } });
  const operator = await api.ask('POST', '/tokens', 201, { token: manager, body: { name: 'o', role: 'operator', expires_s: 3600 } });
  await api.ask('POST', '/tokens', 201, { token: manager, body: { name: 'm', role: 'manager' } });
  await api.ask('POST', '/tokens', 409, { token: manager, body: { name: 'v', role: 'viewer' } });
  await api.ask('POST', '/tokens', 422, { token: manager, body: { name: 'x y', role: 'viewer' } });
  await api.ask('POST', '/tokens', 422, { token: manager, body: { name: 'x', role: 'king' } });
  await api.ask('POST', '/tokens', 422, { token: manager, body: { name: 'x', role: 'viewer', more: 1 } });
  await api.ask('POST', '/tokens', 422, { token: manager, body: { role: 'viewer' } });
  await api.ask('POST', '/tokens', 422, { token: manager, body: { name: 'x', role: 'viewer', expires_s: -1 } });
  await api.ask('POST', '/tokens', 422, { token: manager, body: [] });
  const list = await api.ask('GET', '/tokens', 200, { token: manager });
  check('no list of tokens shows a secret', !list.bytes.toString().includes('mb_'));
  await api.ask('DELETE', '/tokens/m', 409, { token: manager });
  const lasting = await api.ask('POST', '/tokens', 201, { token: manager, body: { name: 'm2', role: 'manager' } });
  manager = lasting.json.token;
  await api.ask('DELETE', '/tokens/m', 204, { token: manager });
  await api.ask('DELETE', '/tokens/m', 404, { token: manager });
  await api.ask('DELETE', '/tokens/first', 204, { token: manager });
  return { viewer: viewer.json.token, operator: operator.json.token, manager };
}

// Every route with every role: those below the least one are refused, before anything else is looked at.
async function roles(api, token) {
  const rank = { public: 0, viewer: 1, operator: 2, manager: 3 };
  for (const route of api.routes) {
    const least = rank[/Role: (\w+)/.exec(route.operation.description)[1]];
    const target = route.template.replace('/api/v1', '').replace(/\{[^}]+\}/g, 'none');
    for (const role of ['viewer', 'operator']) {
      if (rank[role] < least) await api.ask(route.method, target, 403, { token: token[role] });
    }
    if (least > 0) await api.ask(route.method, target, 401);
  }
}

// ---- what is wrong with a request ----

async function badRequests(api, token) {
  const manager = { token: token.manager };
  const post = (text, headers) => ({ ...manager, text, headers });
  await api.ask('GET', '/nothing', 404, manager);
  await api.ask('GET', '/accounts/', 404, manager);
  const wrong = await api.ask('PUT', '/accounts', 405, manager);
  check('405 names the methods', /GET, POST/.test(wrong.json.detail));
  await api.ask('GET', '/accounts?limit=0', 400, manager);
  await api.ask('GET', '/accounts?limit=x', 400, manager);
  await api.ask('GET', '/accounts?nothing=1', 400, manager);
  await api.ask('GET', '/accounts?suspended=perhaps', 400, manager);
  await api.ask('GET', '/accounts?connection=radio', 400, manager);
  await api.ask('GET', '/accounts?limit=1&limit=2', 400, manager);
  await api.ask('GET', '/accounts?cursor=' + 'x'.repeat(65), 400, manager);
  await api.ask('GET', '/telegrams?from=yesterday', 400, manager);
  await api.ask('GET', '/telegrams?from=2026-02-30T00:00:00Z', 400, manager);
  await api.ask('GET', '/accounts/%00', 400, manager);
  await api.ask('GET', '/accounts/%ff', 400, manager);
  await api.ask('GET', '/accounts/..%2f..', 404, manager);
  await api.ask('POST', '/accounts', 400, post('{'));
  await api.ask('POST', '/accounts', 400, post('{"name":"a","name":"b"}'));
  await api.ask('POST', '/accounts', 400, post('{"name":"\\ud800"}'));
  await api.ask('POST', '/accounts', 400, post(''));
  await api.ask('POST', '/accounts', 400, post('['.repeat(100000)));
  await api.ask('POST', '/accounts', 415, post('{}', { 'Content-Type': 'text/plain' }));
  await api.ask('POST', '/accounts', 422, post('[]'));
  await api.ask('GET', '/status', 400, { ...manager, text: '{}' });
}

// ---- accounts ----

async function accounts(api, token) {
  const manager = { token: token.manager };
  const body = { name: 'spare', connection: 'tcp', host: '127.0.0.1', port: 9, address: 5, suspended: true, tags: ['cellar'] };
  const made = await api.ask('POST', '/accounts', 201, { ...manager, body });
  check('a new account has its place', made.headers.location === '/api/v1/accounts/spare');
  const etag = made.headers.etag;
  check('and an ETag', /^"\d+"$/.test(etag));
  await api.ask('POST', '/accounts', 422, { ...manager, body });
  const wrong = await api.ask('POST', '/accounts', 422, { ...manager, body: { name: 'b d', connection: 'tcp', port: 99999, nothing: 1 } });
  check('all errors are told at once', wrong.json.errors && wrong.json.errors.length >= 3, JSON.stringify(wrong.json));
  const same = await send(api.port, 'GET', '/api/v1/accounts/spare', { ...manager, headers: { 'If-None-Match': etag } });
  check('an unchanged account is 304', same.status === 304 && same.bytes.length === 0, same.status);
  const patched = await api.ask('PATCH', '/accounts/spare', 200, { ...manager, body: { description: 'the \u00e4 one', key: '00112233445566778899AABBCCDDEEFF' }, headers: { 'If-Match': etag } });
  check('a change gives another ETag', patched.headers.etag !== etag);
  check('a key is never shown', !/00112233/.test(patched.bytes.toString()) && patched.json.key_set === true);
  await api.ask('PATCH', '/accounts/spare', 412, { ...manager, body: { description: 'late' }, headers: { 'If-Match': etag } });
  await api.ask('PATCH', '/accounts/spare', 412, { ...manager, body: {}, headers: { 'If-Match': 'W/"1"' } });
  await api.ask('PATCH', '/accounts/none', 404, { ...manager, body: {} });
  await api.ask('PATCH', '/accounts/spare', 422, { ...manager, body: { address: 251 } });
  const back = await api.ask('PATCH', '/accounts/spare', 200, { ...manager, body: { description: null } });
  check('null gives the default', !back.json.description);
  await api.ask('GET', '/accounts/none', 404, manager);
  await api.ask('POST', '/accounts/spare/copy', 201, { ...manager, body: { name: 'copy', changes: { address: 6 } } });
  await api.ask('POST', '/accounts/spare/copy', 422, { ...manager, body: { name: 'copy' } });
  await api.ask('POST', '/accounts/none/copy', 404, { ...manager, body: { name: 'copy2' } });
  const found = await api.ask('GET', '/accounts?search=copy', 200, manager);
  check('a search finds one', found.json.items.length === 1 && found.json.items[0].address === 6);
  const page = await api.ask('GET', '/accounts?limit=1', 200, manager);
  check('a page has its limit', page.json.items.length === 1 && page.json.next === 'spare');
  const rest = await api.ask('GET', '/accounts?limit=1&cursor=' + page.json.next, 200, manager);
  check('the next page is the rest', rest.json.items[0].name === 'spare' && rest.json.next === null);
  await api.ask('DELETE', '/accounts/copy', 412, { ...manager, headers: { 'If-Match': '"999"' } });
  await api.ask('DELETE', '/accounts/copy', 204, manager);
  await api.ask('DELETE', '/accounts/copy', 404, manager);
  await api.ask('GET', '/accounts/spare', 200, manager);
}

async function files(api, token) {
  const manager = { token: token.manager };
  const out = await api.ask('GET', '/export', 200, manager);
  check('an export has no key', !/0011/.test(out.bytes.toString()));
  const text = out.bytes.toString().replace('"spare"', '"second"');
  const dry = await api.ask('POST', '/import?dry_run', 200, { ...manager, text });
  check('a dry run changes nothing', dry.json.created === 1);
  await api.ask('GET', '/accounts/second', 404, manager);
  await api.ask('POST', '/import', 200, { ...manager, text });
  await api.ask('GET', '/accounts/second', 200, manager);
  await api.ask('POST', '/import', 422, { ...manager, text });
  const merged = await api.ask('POST', '/import?mode=merge', 200, { ...manager, text });
  check('a merge changes', merged.json.changed === 1 && merged.json.created === 0);
  await api.ask('POST', '/import?mode=perhaps', 400, { ...manager, text });
  await api.ask('DELETE', '/accounts/second', 204, manager);
}

// ---- a segment: search, adopt, read ----

async function searchAndAdopt(api, token) {
  const operator = { token: token.operator }, manager = { token: token.manager };
  await api.ask('GET', '/buses', 200, operator);
  await api.ask('GET', '/buses/roof', 200, operator);
  await api.ask('GET', '/buses/none', 404, operator);
  await api.ask('GET', '/buses?cursor=0', 400, operator);
  await api.ask('GET', '/clients', 200, operator);
  await api.ask('GET', '/clients?kind=smtp', 400, operator);
  await api.ask('GET', '/clients/1', 404, operator);
  await api.ask('DELETE', '/clients/x', 404, operator);
  await api.ask('GET', '/buses/none/plan', 404, operator);
  await api.ask('GET', '/buses/roof/plan?from=never', 400, operator);
  const plan = (await api.ask('GET', '/buses/roof/plan', 200, operator)).json;
  check('an empty bus fits', plan.fits && plan.busy_ppm === 0 && plan.accounts.length === 0 && plan.worst === null);
  await api.ask('GET', '/buses/roof/scan', 404, operator);
  await api.ask('POST', '/buses/none/scan', 404, operator);
  await api.ask('POST', '/buses/roof/scan', 422, { ...operator, body: { first: 5, last: 300 } });
  await api.ask('POST', '/buses/roof/scan', 422, { ...operator, body: { scope: 'x' } });
  await api.ask('POST', '/buses/roof/scan', 202, { ...operator, body: { kind: 'secondary' } });
  await api.ask('POST', '/buses/roof/scan', 409, { ...operator, body: { kind: 'secondary' } });
  await api.ask('GET', '/buses/roof/scan?wait_ms=0', 400, operator);
  const soon = await api.ask('GET', '/buses/roof/scan?wait_ms=1', 200, operator);
  check('who waits for a moment is told of a search that runs', soon.json.state === 'running');
  const [done, other] = await Promise.all([0, 1].map(() => api.ask('GET', '/buses/roof/scan?wait_ms=60000', 200, operator)));
  check('who waits is told of its end', done.json.state === 'done' && other.json.state === 'done');
  const ids = done.json.found.map((f) => f.meter.identification).sort();
  check('the search finds all meters', JSON.stringify(ids) === JSON.stringify([...METERS].sort()), ids.join());
  check('and is complete', done.json.complete === true, JSON.stringify(done.json.reason));
  const meters = done.json.found.map((f) => ({
    identification: f.meter.identification,
    manufacturer: f.meter.manufacturer,
    version: f.meter.version,
    medium: f.meter.medium,
  }));
  const body = { meters, name_prefix: 'm-', defaults: { connection: 'bus', bus: 'roof', timeout_ms: 1000, latency_ms: 0, history: true } };
  const dry = await api.ask('POST', '/adopt', 200, { ...manager, body: { ...body, dry_run: true } });
  check('a dry adoption names them', dry.json.names.length === 4 && dry.json.dry_run === true);
  const adopted = await api.ask('POST', '/adopt', 200, { ...manager, body });
  check('four accounts are made', adopted.json.created === 4, JSON.stringify(adopted.json));
  await api.ask('POST', '/adopt', 422, { ...manager, body });
  await api.ask('DELETE', '/buses/roof/scan', 204, operator);
  await api.ask('DELETE', '/buses/roof/scan', 404, operator);
  return adopted.json.names.find((name) => name.includes('65204811'));
}

async function readMeter(api, token, name) {
  const operator = { token: token.operator };
  const report = await api.ask('POST', `/accounts/${name}/sync`, 200, operator);
  check('a meter is read', report.json.result === 0 && report.json.readings > 5, JSON.stringify(report.json));
  await api.ask('POST', `/accounts/${name}/sync`, 200, { ...operator, body: { kind: 'connect' } });
  await api.ask('POST', `/accounts/${name}/sync`, 200, { ...operator, body: { kind: 'full', wait: false } });
  await api.ask('POST', `/accounts/${name}/sync`, 422, { ...operator, body: { kind: 'partial' } });
  await api.ask('POST', `/accounts/${name}/sync`, 422, { ...operator, body: { kind: 'half' } });
  await api.ask('POST', '/accounts/none/sync', 404, operator);
  const suspended = await api.ask('POST', '/accounts/spare/sync', 200, operator);
  check('a suspended account is refused by its result', suspended.json.result === 10, JSON.stringify(suspended.json));
  const readings = await api.ask('GET', `/accounts/${name}/readings?metadata`, 200, operator);
  const energy = readings.json.items.find((r) => r.name === 'energy' && r.metadata.storage === 0);
  check('its readings have values', energy && energy.quality === 192 && String(energy.number) === String(Number(energy.value)), JSON.stringify(energy));
  await api.ask('GET', `/accounts/${name}/readings/${encodeURIComponent(energy.key)}`, 200, operator);
  await api.ask('GET', `/accounts/${name}/readings/none`, 404, operator);
  await api.ask('GET', '/accounts/none/readings', 404, operator);
  await api.ask('POST', `/accounts/${name}/sync`, 200, { ...operator, body: { kind: 'partial', key: energy.key } });
  await api.ask('GET', `/accounts/${name}/metadata`, 200, operator);
  await api.ask('GET', '/accounts/none/metadata', 404, operator);
  const all = await api.ask('GET', '/readings?limit=2', 200, operator);
  check('readings of many come in pages of accounts', typeof all.json.next === 'string');
  await api.ask('GET', '/readings?limit=0', 400, operator);
  const state = await api.ask('GET', `/accounts/${name}/state`, 200, operator);
  check('it is online', state.json.connection === 'online' && state.json.answering === true, JSON.stringify(state.json));
  check('and known', state.json.meter.identification === '65204811');
  await api.ask('GET', '/accounts/none/state', 404, operator);
  await api.ask('GET', '/states', 200, operator);
  await api.ask('GET', '/states?tag=cellar', 200, operator);
  await api.ask('GET', '/states?limit=0', 400, operator);
  const log = await api.ask('GET', `/accounts/${name}/log`, 200, operator);
  check('the log knows them', log.json.items.length >= 3);
  await api.ask('GET', `/accounts/${name}/log?limit=0`, 400, operator);
  const reset = await api.ask('POST', `/accounts/${name}/reset`, 200, operator);
  check('after a reset it is read', reset.json.result === 0);
  await api.ask('POST', '/accounts/none/reset', 404, operator);
}

async function stored(api, token, name) {
  const viewer = { token: token.viewer };
  const list = await api.ask('GET', '/telegrams?limit=3', 200, viewer);
  check('telegrams begin with 1', list.json.items.length === 3 && list.json.items[0].seq === 1);
  const second = await api.ask('GET', `/telegrams?limit=3&cursor=${list.json.next}`, 200, viewer);
  check('a page follows the other without a gap', second.json.items[0].seq === 4, list.json.next);
  const newest = await api.ask('GET', `/telegrams?order=newest&limit=2&account=${name}`, 200, viewer);
  check('the newest comes first', newest.json.items[0].seq > newest.json.items[1].seq);
  const older = await api.ask('GET', `/telegrams?order=newest&limit=2&account=${name}&cursor=${newest.json.next}`, 200, viewer);
  check('and its pages go on', older.json.items[0].seq < newest.json.items[1].seq);
  await api.ask('GET', `/accounts/${name}/telegrams?heads`, 200, viewer);
  await api.ask('GET', '/accounts/none/telegrams', 404, viewer);
  await api.ask('GET', '/telegrams?account=none', 404, viewer);
  const one = await api.ask('GET', '/telegrams/1', 200, viewer);
  check('a telegram is a frame', /^68.*16$/.test(one.json.bytes), one.json.bytes);
  await api.ask('GET', '/telegrams/999999', 404, viewer);
  await api.ask('GET', '/telegrams/0', 404, viewer);
  const series = await api.ask('GET', `/accounts/${name}/series`, 200, viewer);
  check('there are series', series.json.items.length > 5);
  await api.ask('GET', '/accounts/none/series', 404, viewer);
  const id = series.json.items[0].id;
  await api.ask('GET', `/series/${id}`, 200, viewer);
  await api.ask('GET', '/series/999999', 404, viewer);
  await api.ask('GET', '/series/x', 404, viewer);
  let points = 0;
  for (const item of series.json.items) {
    const answer = await api.ask('GET', `/series/${item.id}/points`, 200, viewer);
    points += answer.json.items.length;
  }
  check('history has given points', points > 0, points);
  const readings = await api.ask('GET', `/accounts/${name}/readings`, 200, viewer);
  const energy = readings.json.items.find((r) => r.name === 'energy' && r.series && !r.dated);
  const now = await api.ask('GET', `/series/${energy.series}/points?from=${new Date(Date.now() - 3600000).toISOString()}`, 200, viewer);
  const last = now.json.items.at(-1);
  check('the latest value is a point already', last && last.v === energy.number && last.t === Date.parse(energy.time), JSON.stringify([last, energy]));
  const bucket = await api.ask('GET', `/series/${energy.series}/points?from=${new Date(Date.now() - 3600000).toISOString()}&to=${new Date().toISOString()}&buckets=1`, 200, viewer);
  check('and is in a bucket', bucket.json.buckets.length === 1 && bucket.json.buckets[0].last === last.v, JSON.stringify(bucket.json));
  await api.ask('GET', `/series/${id}/points?from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00%2B01:00&buckets=10`, 200, viewer);
  await api.ask('GET', `/series/${id}/points?revisions`, 200, viewer);
  await api.ask('GET', `/series/${id}/points?buckets=10`, 400, viewer);
  await api.ask('GET', `/series/${id}/points?from=2000&to=1000`, 400, viewer);
  await api.ask('GET', '/series/999999/points', 404, viewer);
  const again = await api.ask('GET', `/accounts/${name}/redecode?all`, 200, viewer);
  check('the same tables decode the same', again.json.chains > 0 && again.json.items.every((d) => !d.changed && !d.removed && !d.new_series), JSON.stringify(again.json));
  await api.ask('GET', '/accounts/none/redecode', 404, viewer);
  await api.ask('POST', `/accounts/${name}/redecode`, 403, viewer);
  const redone = await api.ask('POST', `/accounts/${name}/redecode`, 200, { token: token.manager });
  check('and so it is kept', redone.json.items.length === 0, JSON.stringify(redone.json));
  const events = await api.ask('GET', '/events?kind=account.&order=oldest', 200, viewer);
  check('events are kept', events.json.items.some((e) => e.kind === 'account.created'));
  await api.ask('GET', '/events?severity_max=8', 400, viewer);
  await api.ask('GET', '/events?account=none', 404, viewer);
  const page = await api.ask('GET', '/events?limit=1', 200, viewer);
  const next = await api.ask('GET', `/events?limit=1&cursor=${page.json.next}`, 200, viewer);
  check('events have pages', next.json.items[0].seq === page.json.items[0].seq - 1);
}

// ---- the live stream ----

async function stream(api, token, name) {
  const operator = { token: token.operator };
  follow.begun = () => send(api.port, 'POST', `/api/v1/accounts/${name}/sync`, operator);
  const live = await follow(api.port, `/stream?account=${name}`, token.viewer, (events) => events.some((e) => e.event === 'values'));
  check('new values are told', live.some((e) => e.event === 'values' && e.data.account === name), JSON.stringify(live));
  follow.begun = null;
  const old = await follow(api.port, '/stream?after_seq=0', token.viewer, (events) => events.length >= 3);
  check('what was missed comes first', old[0].id === '1', JSON.stringify(old[0]));
  const again = await follow(api.port, '/stream', token.viewer, (events) => events.length >= 1, { 'Last-Event-ID': '1' });
  check('Last-Event-ID goes on', again[0].id === '2', again[0].id);
  const ticket = await api.ask('POST', '/stream/ticket', 200, { token: token.viewer });
  const once = await follow(api.port, `/stream?after_seq=0&ticket=${ticket.json.ticket}`, null, (events) => events.length >= 1);
  check('a ticket opens the stream', once.length >= 1);
  await api.ask('GET', `/stream?ticket=${ticket.json.ticket}`, 401);
  await api.ask('GET', '/stream?account=none', 404, { token: token.viewer });
  api.covered.add('GET /api/v1/stream'); // not by ask(): it does not end
}

// ---- copies, configuration ----

// A client of each kind: its socket, and how it ends.
function connect(daemon, kind) {
  const line = daemon.log.map((text) => new RegExp(`kind=${kind} .*place=127.0.0.1:(\\d+)`).exec(text)).find(Boolean);
  const socket = net.connect(Number(line[1]), '127.0.0.1');
  const gone = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => {});
  socket.on('data', () => {});
  return { socket, gone };
}

async function clients(api, token, daemon) {
  const operator = { token: token.operator };
  const none = (await api.ask('GET', '/clients', 200, operator)).json;
  check('nobody is connected', none.items.length === 0 && none.next === null);
  let at;
  let master;
  follow.begun = () => {
    at = connect(daemon, 'at');
    master = connect(daemon, 'transparent');
  };
  const came = await follow(api.port, '/stream?kind=client.', token.viewer, (events) => events.length === 2);
  follow.begun = null;
  check('who comes is told', came.every((e) => e.event === 'client.connected' && e.id === undefined && e.data.seq === 0), JSON.stringify(came));
  const answer = new Promise((resolve) => master.socket.once('data', resolve));
  master.socket.write(Buffer.from('105b015c16', 'hex'));
  await answer;
  const both = (await api.ask('GET', '/clients', 200, operator)).json.items;
  const bus = both.find((c) => c.kind === 'transparent');
  check('a transparent client has a bus', bus.listener === 'roof' && bus.bus.name === 'roof' && bus.bus.mode === 'mbus' && bus.bus.turns === 1 &&
    bus.bytes_in === 5 && bus.user === null && bus.secure === false, JSON.stringify(bus));
  const desk = both.find((c) => c.kind === 'at');
  check('one of AT commands has none', desk.listener === 'desk' && desk.bus === null && desk.peer.endsWith(':' + at.socket.localPort), JSON.stringify(desk));
  const first = await api.ask('GET', '/clients?limit=1', 200, operator);
  const second = await api.ask('GET', `/clients?limit=1&cursor=${first.json.next}`, 200, operator);
  check('pages of clients', first.json.items[0].id < second.json.items[0].id && second.json.next === null, JSON.stringify(second.json));
  check('of one listener', (await api.ask('GET', '/clients?listener=desk', 200, operator)).json.items.length === 1);
  await api.ask('GET', `/clients/${desk.id}`, 200, operator);
  await api.ask('DELETE', `/clients/${desk.id}`, 403, { token: token.viewer });
  follow.begun = () => api.ask('DELETE', `/clients/${desk.id}`, 204, operator);
  const left = await follow(api.port, '/stream?kind=client.disconnected', token.viewer, (events) => events.length === 1);
  follow.begun = null;
  check('who was disconnected is told, and by whom', left[0].data.data.client === desk.id && / o 127\.0\.0\.1/.test(left[0].data.text), JSON.stringify(left));
  await at.gone;
  await api.ask('DELETE', `/clients/${desk.id}`, 404, operator);
  follow.begun = () => master.socket.destroy();
  await follow(api.port, '/stream?kind=client.disconnected', token.viewer, (events) => events.length === 1);
  follow.begun = null;
}

async function maintenance(api, token, daemon) {
  const manager = { token: token.manager };
  const made = await api.ask('POST', '/backups', 201, manager);
  check('a copy is a file', fs.existsSync(made.json.file));
  const list = await api.ask('GET', '/backups', 200, manager);
  check('it is listed', list.json.items.some((b) => b.name === made.json.name));
  const bytes = await api.ask('GET', `/backups/${made.json.name}`, 200, manager);
  check('it is whole', bytes.bytes.length === made.json.bytes && bytes.bytes.toString('latin1', 0, 15) === 'SQLite format 3');
  await api.ask('GET', '/backups/first-token', 404, manager);
  await api.ask('GET', '/backups/..%2Fmeterbus.db', 404, manager);
  await api.ask('DELETE', '/backups/meterbus.db', 404, manager);
  await api.ask('DELETE', `/backups/${made.json.name}`, 204, manager);
  check('a deleted copy is gone', !fs.existsSync(made.json.file));
  const config = await api.ask('GET', '/config', 200, manager);
  check('the configuration has the bus', config.json.bus.roof.url.startsWith('tcp://'));
  await api.ask('POST', '/config/reload', 200, manager);
  fs.appendFileSync(path.join(work, 'main.conf'), '\nnonsense\n');
  await api.ask('POST', '/config/reload', 409, manager);
  await api.ask('GET', '/status', 200, manager);
  await api.ask('GET', '/health', 200);
  await api.ask('GET', '/openapi.json', 200);
  check('the first token is gone from the disk', !fs.existsSync(daemon.first));
}

// ---- hostile clients ----

function head(method, more) {
  return `${method} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
}

async function hostile(api, token) {
  const auth = `Authorization: Bearer ${token.manager}\r\n`;
  const cases = [
    ['two lengths', head('POST /api/v1/accounts', auth + 'Content-Length: 3\r\nContent-Length: 4\r\n') + 'abcd', /^(HTTP\/1.1 400|$)/],
    ['length and chunks', head('POST /api/v1/accounts', auth + 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n') + '0\r\n\r\n', /^HTTP\/1.1 400/],
    ['a negative length', head('POST /api/v1/accounts', auth + 'Content-Length: -1\r\n'), /^(HTTP\/1.1 4|$)/],
    ['a huge length', head('POST /api/v1/accounts', auth + 'Content-Length: 9999999999\r\n'), /^HTTP\/1.1 413/],
    ['a huge header', head('GET /api/v1/status', 'X: ' + 'x'.repeat(100000) + '\r\n'), /^(HTTP\/1.1 4|$)/],
    ['many headers', head('GET /api/v1/status', 'X: y\r\n'.repeat(20000)), /^(HTTP\/1.1 4|$)/],
    ['a huge path', head('GET /' + 'x'.repeat(50000), ''), /^(HTTP\/1.1 4|$)/],
    ['a foreign name', `GET /api/v1/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`, /^HTTP\/1.1 421/],
    ['no name', 'GET /api/v1/health HTTP/1.1\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 400/],
    ['a proxy request', 'GET http://localhost/api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 400/],
    ['a tunnel', 'CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 4/],
    ['garbage', '\x16\x03\x01\x02\x00garbage\r\n\r\n', /^(HTTP\/1.1 4|$)/],
  ];
  for (const [name, bytes, form] of cases) {
    const text = await raw(api.port, bytes, /\r\n\r\n/);
    check(`${name} is refused`, form.test(text), text.slice(0, 200));
  }
  for (let i = 0; i < 12; i++) await send(api.port, 'GET', '/api/v1/status', { token: NOWHERE });
  const locked = await api.ask('GET', '/status', 429, { token: NOWHERE });
  check('after many wrong tokens one has to wait', locked.headers['retry-after'] !== undefined);
  await api.ask('GET', '/status', 200, { token: token.viewer });
}

// More connections than there are places: those that say nothing give way to one that asks.
async function crowd(api, token) {
  const sockets = [];
  for (let i = 0; i < 1100; i++) {
    await new Promise((resolve) => {
      const socket = net.connect(api.port, '127.0.0.1', resolve);
      socket.on('error', resolve);
      sockets.push(socket);
    });
  }
  const answer = await api.ask('GET', '/status', 200, { token: token.viewer });
  check('a thousand silent connections do not lock anybody out', answer.json.http.connections <= 1000);
  for (const socket of sockets) socket.destroy();
}

// ---- a second daemon: short deadlines, TLS ----

async function slow() {
  const daemon = await startDaemon('slow', 'listen = 127.0.0.1:0\nheader_wait = 300ms\nbody_wait = 300ms\nheartbeat = 100ms');
  const conf = path.join(work, 'taken.conf');
  fs.writeFileSync(conf, `[daemon]\ndata = ${path.join(work, 'taken')}\nuser = ${os.userInfo().username}\n[api]\nlisten = 127.0.0.1:${daemon.port}\n`);
  const taken = spawnSync(process.env.METERBUSD, ['-c', conf], { encoding: 'utf8', timeout: 20000 });
  check('a port that is taken ends the start', taken.status === 1 && /already in use/.test(taken.stderr), taken.stderr);
  check('and nothing else', !/Sanitizer/.test(taken.stderr), taken.stderr);
  const began = Date.now();
  const drip = net.connect(daemon.port, '127.0.0.1');
  const timer = setInterval(() => drip.write('x'), 50);
  drip.on('error', () => {});
  drip.write('GET /');
  await new Promise((resolve) => drip.on('close', resolve));
  clearInterval(timer);
  check('a client that drips is cut', Date.now() - began < 3000);
  const body = await raw(daemon.port, head('POST /api/v1/tokens', 'Content-Length: 10\r\n') + 'abc');
  check('half a body is cut', body === '', body);
  daemon.child.removeAllListeners('exit');
  const gone = new Promise((resolve) => daemon.child.once('exit', resolve));
  daemon.child.kill('SIGTERM');
  check('it ends well', (await gone) === 0);
}

function secure(port, bytes, options) {
  return new Promise((resolve) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', () => resolve(text));
  });
}

async function overTls() {
  const key = path.join(work, 'key.pem'), certificate = path.join(work, 'cert.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const daemon = await startDaemon('tls', `listen = 0.0.0.0:0\ncertificate = ${certificate}\nkey = ${key}`);
  check('it speaks TLS', daemon.secure);
  const bytes = `GET /api/v1/openapi.json HTTP/1.1\r\nHost: meters.example\r\nConnection: close\r\n\r\n`;
  const text = await secure(daemon.port, bytes, {});
  check('an answer comes whole over TLS', /^HTTP\/1.1 200/.test(text) && text.trimEnd().endsWith('}'), text.slice(0, 100));
  check('TLS 1.2 will do', /^HTTP\/1.1 200/.test(await secure(daemon.port, bytes, { maxVersion: 'TLSv1.2' })));
  const old = await secure(daemon.port, bytes, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' });
  check('TLS 1.1 will not', !/HTTP/.test(old), old.slice(0, 100));
  const plain = await raw(daemon.port, bytes);
  check('plain HTTP is not answered there', !/HTTP\/1.1 200/.test(plain), plain.slice(0, 100));
  daemon.child.removeAllListeners('exit');
}

// With a live stream open, connections kept, and somebody who waits for a search.
async function stop(daemon, api, token) {
  await api.ask('POST', '/buses/roof/scan', 202, { token: token.operator, body: { kind: 'primary' } });
  const search = api.ask('GET', '/buses/roof/scan?wait_ms=60000', 200, { token: token.viewer });
  const idle = net.connect(api.port, '127.0.0.1');
  idle.on('error', () => {});
  follow.begun = () => daemon.child.kill('SIGTERM');
  daemon.child.removeAllListeners('exit');
  const gone = new Promise((resolve) => daemon.child.once('exit', resolve));
  const began = Date.now();
  await follow(api.port, '/stream', token.viewer, () => false);
  follow.begun = null;
  check('it ends well', (await gone) === 0);
  check('within two seconds', Date.now() - began < 2500, Date.now() - began);
  check('who waits for a search is answered', (await search).json?.state === 'running');
}

function complete(api) {
  for (const route of api.routes) {
    const name = `${route.method} ${route.template}`;
    check(`${name} was seen to work`, api.covered.has(name));
    const anybody = /Role: public/.test(route.operation.description);
    check(`${name} was seen to refuse`, anybody || api.refused.has(name));
  }
}

async function main() {
  const port = await startSegment();
  const daemon = await startDaemon('main', 'listen = 127.0.0.1:0', `[bus roof]\nurl = tcp://127.0.0.1:${port}?baud=38400&timeout=30&latency=0\n${GATES}`);
  const document = (await send(daemon.port, 'GET', '/api/v1/openapi.json')).json;
  const api = new Api(daemon.port, document);
  await firstToken(daemon);
  const token = await tokens(api, daemon.token);
  await roles(api, token);
  await badRequests(api, token);
  await accounts(api, token);
  await files(api, token);
  const name = await searchAndAdopt(api, token);
  await readMeter(api, token, name);
  await stored(api, token, name);
  await stream(api, token, name);
  await clients(api, token, daemon);
  await maintenance(api, token, daemon);
  await hostile(api, token);
  await crowd(api, token);
  complete(api);
  await stop(daemon, api, token);
  await slow();
  await overTls();
}

main().catch((error) => check('no surprise', false, error.stack)).finally(finish);
