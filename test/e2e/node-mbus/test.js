// SPDX-License-Identifier: MIT
// Each check is a line; the last line counts them.
'use strict';
const { spawn, execFileSync } = require('child_process');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const readline = require('readline');
const MbusMaster = require('node-mbus');

const meterbus = process.env.METERBUS;
const meterbusd = process.env.METERBUSD;
const scenario = path.join(__dirname, 'segment.scn');
const TIMEOUT_MS = 150; // libmbus waits so long for every silence; the segment answers at once
const SHARED_TIMEOUT_MS = 500; // and has to wait for its turn
const WALL_SPEED = '20'; // a minute of the schedule is three seconds

// What libmbus is to see, written by hand from the scenario and the models.
const METERS = [
  { primary: 1, secondary: '631204172D2C0804', id: 63120417, maker: 'KAM', medium: 'Heat: Outlet', stored: 2 },
  { primary: 2, secondary: '65204811A7320204', id: 65204811, maker: 'LUG', medium: 'Heat: Outlet', stored: 28 },
  { primary: 3, id: 11304522, medium: 'Cold water' },
  { primary: 6, id: 31002291, medium: 'Electricity', telegrams: 3 },
  { primary: 9, id: 41000025, maker: 'ELV' },
];
const FIXED = { primary: 16, id: 70000008 };

let passed = 0;
let failed = 0;

function check(name, good, detail) {
  if (good) {
    passed++;
  } else {
    failed++;
    console.log(`not ok: ${name}${detail === undefined ? '' : ': ' + detail}`);
  }
}

function serve() {
  const sim = spawn(meterbus, ['sim', scenario, '--fast', '--listen', 'tcp://127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    sim.on('exit', (code) => reject(new Error(`the simulator ended with ${code}`)));
    readline.createInterface({ input: sim.stdout }).once('line', (line) => {
      const port = /^listening on tcp:\/\/127\.0\.0\.1:(\d+)/.exec(line);
      if (port) resolve({ sim, port: Number(port[1]) });
      else reject(new Error(line));
    });
  });
}

function stop(program) {
  program.removeAllListeners('exit');
  const gone = new Promise((resolve) => program.once('exit', resolve));
  program.kill('SIGTERM');
  return gone;
}

// The daemon between the segment and whoever comes; all of it is on ports that it takes by itself.
function guard(bus, dir) {
  const user = process.getuid() === 0 ? 'user = root\n' : '';
  const line = 'baud=38400&timeout=150&latency=0';
  fs.writeFileSync(
    path.join(dir, 'conf'),
    `[daemon]\ndata = ${dir}/data\n${user}[api]\nlisten = none\n[store]\ncommit_window = 10ms\n` +
      `[bus roof]\nurl = tcp://127.0.0.1:${bus}?${line}\n[at script]\nlisten = 127.0.0.1:0\nlogin = no\n` +
      '[transparent roof]\nlisten = 127.0.0.1:0\nbus = roof\n',
  );
  const daemon = spawn(meterbusd, ['-c', path.join(dir, 'conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, METERBUSD_WALL_SPEED: WALL_SPEED },
  });
  const ports = {};
  return new Promise((resolve, reject) => {
    daemon.on('exit', (code) => reject(new Error(`the daemon ended with ${code}`)));
    readline.createInterface({ input: daemon.stderr }).on('line', (text) => {
      const place = /listening kind=(\w+) .*:(\d+)$/.exec(text);
      if (place) ports[place[1]] = Number(place[2]);
      if (/ started version=/.test(text)) resolve({ daemon, ports });
    });
  });
}

// Lines of the AT interface, one after the other; what was said to each, up to OK or ERROR.
function ask(port, lines) {
  return new Promise((resolve, reject) => {
    const answers = [];
    let text = '';
    const client = net.connect(port, '127.0.0.1', () => client.write(lines[0] + '\r'));
    client.on('error', reject);
    client.on('data', (data) => {
      text += data;
      if (!/\r\n(OK|ERROR)\r\n$/.test(text)) return;
      answers.push(text);
      text = '';
      if (answers.length < lines.length) client.write(lines[answers.length] + '\r');
      else client.end(() => resolve(answers));
    });
  });
}

// The same meters as this project reads them: raw values by record, over all telegrams.
function ownReading(primary) {
  const out = execFileSync(meterbus, ['read', '-f', 'json', `sim:${scenario}`, String(primary)]);
  return JSON.parse(out);
}

function records(data) {
  return (data && data.DataRecord) || [];
}

// libmbus prints 1e3 and "2024-12-31"; only records that do not move with time are compared.
function isStored(record) {
  return Number(record.StorageNumber) > 0 && /Time Point|Energy/.test(String(record.Unit));
}

function ownStored(reading) {
  const wanted = new Set(['date', 'energy']);
  return reading.records.filter((r) => Number(r.storage) > 0 && wanted.has(r.quantity)).map((r) => r.raw);
}

function sameValue(a, b) {
  return String(a) === String(b) || Number(a) === Number(b);
}

function checkMeter(how, meter, data, own) {
  const info = data.SlaveInformation;
  const list = records(data);
  check(`${how}: identification`, Number(info.Id) === meter.id, info.Id);
  if (meter.maker) check(`${how}: maker`, info.Manufacturer === meter.maker, info.Manufacturer);
  if (meter.medium) check(`${how}: medium`, info.Medium === meter.medium, info.Medium);
  const ownData = own.records.length;
  check(`${how}: records of all telegrams`, list.length === ownData, `${list.length}, not ${ownData}`);
  const stored = list.filter(isStored).map((r) => r.Value);
  const ours = ownStored(own);
  check(
    `${how}: stored values`,
    stored.length === ours.length && stored.every((v, i) => sameValue(v, ours[i])),
    `${stored} / ${ours}`,
  );
  if (meter.stored) check(`${how}: number of stored values`, stored.length >= meter.stored, stored.length);
  if (meter.telegrams) {
    const last = list.length ? Number(list[list.length - 1].frame) : 0;
    check(`${how}: ${meter.telegrams} telegrams`, last === meter.telegrams - 1, last);
  }
}

async function get(master, address) {
  try {
    return await master.getDataAsync(address);
  } catch (error) {
    check(`node-mbus reads ${address}`, false, error.message);
    return null;
  }
}

async function readAll(how, master, found) {
  for (const meter of METERS) {
    const own = ownReading(meter.primary);
    const byPrimary = await get(master, meter.primary);
    if (byPrimary) checkMeter(`${how}, primary ${meter.primary}`, meter, byPrimary, own);
    const address = found.find((a) => Number(a.slice(0, 8)) === meter.id);
    const bySecondary = address && (await get(master, address));
    if (bySecondary) checkMeter(`${how}, secondary ${address}`, meter, bySecondary, own);
  }
  const fixed = await get(master, FIXED.primary);
  if (fixed) check(`${how}: fixed structure: identification`, Number(fixed.SlaveInformation.Id) === FIXED.id);
}

async function tryAll(how, port, timeout) {
  const master = new MbusMaster({ host: '127.0.0.1', port, timeout });
  await master.connectAsync();
  const found = (await master.scanSecondaryAsync()).map(String);
  for (const meter of METERS) {
    const hits = found.filter((a) => Number(a.slice(0, 8)) === meter.id);
    check(`${how}: the scan of libmbus finds ${meter.id}`, hits.length > 0, found);
    if (meter.secondary) check(`${how}: its address is ${meter.secondary}`, hits.includes(meter.secondary), hits);
  }
  await readAll(how, master, found);
  await master.closeAsync();
}

// The same while the daemon reads all of them on schedule: neither notices the other.
async function besideTheSchedule(bus) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbus-'));
  const { daemon, ports } = await guard(bus, dir);
  try {
    const all = [...METERS, FIXED];
    const added = await ask(
      ports.at,
      all.map((meter) => `at^scams="dev_add",2,"MBUS","${meter.primary}","1M"`),
    );
    check('all are in the table', added.every((answer) => answer.includes('OK')), added);
    await tryAll('beside the schedule', ports.transparent, SHARED_TIMEOUT_MS);
    const [failed, good] = await ask(ports.at, [
      'at^scdata="get_filtered","error_code!=0"',
      'at^scdata="get_filtered","error_code=0"',
    ]);
    check('no reading of the schedule failed or was missed', !failed.includes('"AMS"'), failed);
    const times = new Map(all.map((meter, i) => [i + 1, new Set()]));
    for (const [, time, index] of good.matchAll(/"AMS",(\d+),\d+,"MBUS",(\d+),0,/g)) {
      times.get(Number(index)).add(Math.floor(Number(time) / 60));
    }
    for (const [index, minutes] of times) {
      const list = [...minutes].sort((a, b) => a - b);
      const whole = list[list.length - 1] - list[0] + 1 === list.length;
      check(`meter ${index} was read every minute`, whole && list.length > 3, list);
    }
  } finally {
    await stop(daemon);
    fs.rmSync(dir, { recursive: true });
  }
}

async function main() {
  const { sim, port } = await serve();
  try {
    await tryAll('alone', port, TIMEOUT_MS);
    if (fs.existsSync(meterbusd)) await besideTheSchedule(port);
  } finally {
    await stop(sim);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed || !passed ? 1 : 0;
}

main().catch((error) => {
  console.log(`not ok: ${error.stack}`);
  console.log(`${passed} passed, ${failed + 1} failed`);
  process.exitCode = 1;
});
