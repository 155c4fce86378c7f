// SPDX-License-Identifier: MIT
// Each check is a line; the last line counts them.
'use strict';
const { spawn, execFileSync } = require('child_process');
const path = require('path');
const readline = require('readline');
const MbusMaster = require('node-mbus');

const meterbus = process.env.METERBUS;
const scenario = path.join(__dirname, 'segment.scn');
const TIMEOUT_MS = 150; // libmbus waits so long for every silence; the segment answers at once

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

function stop(sim) {
  sim.removeAllListeners('exit');
  const gone = new Promise((resolve) => sim.once('exit', resolve));
  sim.kill('SIGTERM');
  return gone;
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

async function readAll(master, found) {
  for (const meter of METERS) {
    const own = ownReading(meter.primary);
    const byPrimary = await get(master, meter.primary);
    if (byPrimary) checkMeter(`primary ${meter.primary}`, meter, byPrimary, own);
    const address = found.find((a) => Number(a.slice(0, 8)) === meter.id);
    const bySecondary = address && (await get(master, address));
    if (bySecondary) checkMeter(`secondary ${address}`, meter, bySecondary, own);
  }
  const fixed = await get(master, FIXED.primary);
  if (fixed) check('fixed structure: identification', Number(fixed.SlaveInformation.Id) === FIXED.id);
}

async function main() {
  const { sim, port } = await serve();
  const master = new MbusMaster({ host: '127.0.0.1', port, timeout: TIMEOUT_MS });
  try {
    await master.connectAsync();
    const found = (await master.scanSecondaryAsync()).map(String);
    for (const meter of METERS) {
      const hits = found.filter((a) => Number(a.slice(0, 8)) === meter.id);
      check(`the scan of libmbus finds ${meter.id}`, hits.length > 0, found);
      if (meter.secondary) check(`its address is ${meter.secondary}`, hits.includes(meter.secondary), hits);
    }
    await readAll(master, found);
    await master.closeAsync();
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
