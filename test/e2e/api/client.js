// SPDX-License-Identifier: MIT
// The daemon, a segment and a client that knows the OpenAPI document: each answer is checked by it.
'use strict';
const fs = require('fs');
const os = require('os');
const net = require('net');
const path = require('path');
const http = require('http');
const readline = require('readline');
const { spawn } = require('child_process');
const Ajv = require('ajv/dist/2020');
const addFormats = require('ajv-formats');

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbus-api-'));
const children = [];
let passed = 0;
let failed = 0;

function check(name, good, detail) {
  if (good) {
    passed++;
    return;
  }
  failed++;
  console.log(`not ok: ${name}${detail === undefined ? '' : ': ' + detail}`);
}

function finish() {
  for (const child of children) child.kill('SIGKILL');
  fs.rmSync(work, { recursive: true, force: true });
  console.log(`api: ${passed} passed, ${failed} failed, 0 skipped`);
  process.exit(failed ? 1 : 0);
}

// Resolves with the match of the first line that fits.
function lineOf(child, stream, form, seen) {
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`${form}: the program ended with ${code}`)));
    readline.createInterface({ input: stream }).on('line', (line) => {
      if (seen) seen.push(line);
      const match = form.exec(line);
      if (match) resolve(match);
    });
  });
}

async function startSegment() {
  const scenario = path.join(__dirname, 'segment.scn');
  const child = spawn(process.env.METERBUS, ['sim', scenario, '--fast', '--listen', 'tcp://127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const match = await lineOf(child, child.stdout, /^listening on tcp:\/\/127\.0\.0\.1:(\d+)/);
  return Number(match[1]);
}

async function startDaemon(name, api, buses) {
  const data = path.join(work, name);
  const conf = path.join(work, name + '.conf');
  const user = os.userInfo().username;
  fs.writeFileSync(conf, `[daemon]\ndata = ${data}\nuser = ${user}\n[api]\n${api}\n${buses || ''}`);
  const child = spawn(process.env.METERBUSD, ['-c', conf], { stdio: ['ignore', 'ignore', 'pipe'] });
  const log = [];
  children.push(child);
  const match = await lineOf(child, child.stderr, /listening url=(https?):\/\/([^ ]+):(\d+)/, log);
  const first = path.join(data, 'first-token');
  const token = fs.existsSync(first) ? fs.readFileSync(first, 'utf8').trim() : null;
  return { child, log, data, token, first, secure: match[1] === 'https', port: Number(match[3]) };
}

// Sends a request as Node writes it; the body of the answer as text.
function send(port, method, target, options = {}) {
  return new Promise((resolve, reject) => {
    const headers = { ...options.headers };
    if (options.token) headers.Authorization = `Bearer ${options.token}`;
    let body = options.text;
    if (options.body !== undefined) body = JSON.stringify(options.body);
    if (body !== undefined) {
      headers['Content-Type'] = headers['Content-Type'] || 'application/json';
      headers['Content-Length'] = Buffer.byteLength(body);
    }
    const request = http.request({ host: '127.0.0.1', port, method, path: target, headers, agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        let json;
        try {
          json = JSON.parse(bytes.toString());
        } catch (error) {
          json = undefined;
        }
        resolve({ status: response.statusCode, headers: response.headers, bytes, json });
      });
    });
    request.on('error', reject);
    if (body !== undefined) request.write(body);
    request.end();
  });
}

// Bytes as they are; what came until the server hung up, or after `enough`.
function raw(port, bytes, enough) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk;
      if (enough && enough.test(text)) socket.destroy();
    });
    socket.on('close', () => resolve(text));
    socket.write(bytes);
  });
}

// What is not in the document must not be in an answer.
function close(schema) {
  if (!schema || typeof schema !== 'object') return;
  if (schema.properties && schema.type === 'object') schema.additionalProperties = false;
  for (const value of Object.values(schema)) close(value);
}

class Api {
  constructor(port, document) {
    this.port = port;
    this.document = document;
    this.covered = new Set();
    this.refused = new Set();
    const copy = JSON.parse(JSON.stringify(document));
    close(copy.components.schemas);
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(ajv);
    ajv.addSchema({ $id: 'doc', components: copy.components });
    this.ajv = ajv;
    this.routes = [];
    for (const [template, methods] of Object.entries(document.paths)) {
      const form = new RegExp('^' + template.replace(/\{[^}]+\}/g, '[^/]+').replace(/\./g, '\\.') + '$');
      for (const [method, operation] of Object.entries(methods)) {
        this.routes.push({ method: method.toUpperCase(), template, form, operation });
      }
    }
  }

  route(method, target) {
    const plain = target.split('?')[0];
    const exact = this.routes.find((r) => r.method === method && r.template === plain);
    return exact || this.routes.find((r) => r.method === method && r.form.test(plain));
  }

  valid(name, type, json) {
    if (!type || !type.schema) return;
    const validate = this.ajv.compile({ $ref: 'doc' + type.schema.$ref });
    const good = validate(json);
    check(`${name} answers as documented`, good, good ? '' : JSON.stringify(validate.errors.slice(0, 3)) + JSON.stringify(json).slice(0, 300));
  }

  // The status must be the one that is expected; the document must know it, or call it a problem.
  async ask(method, target, status, options) {
    const full = '/api/v1' + target;
    const name = `${method} ${target}`;
    if (process.env.VERBOSE) console.log(new Date().toISOString(), name);
    const answer = await send(this.port, method, full, options);
    const route = this.route(method, full);
    check(`${name} is ${status}`, answer.status === status, `${answer.status} ${answer.bytes.toString().slice(0, 400)}`);
    if (answer.status >= 400) {
      check(`${name} is a problem`, /^application\/problem\+json/.test(answer.headers['content-type']));
      this.valid(name, this.document.paths['/api/v1/status'].get.responses.default.content['application/problem+json'], answer.json);
      if (route) this.refused.add(`${method} ${route.template}`);
      return answer;
    }
    check(`${name} is documented`, route && route.operation.responses[String(status)] !== undefined);
    if (!route) return answer;
    this.covered.add(`${method} ${route.template}`);
    const content = route.operation.responses[String(status)]?.content;
    if (content && content['application/json']) this.valid(name, content['application/json'], answer.json);
    return answer;
  }
}

// Server-sent events until enough(events) says so.
function follow(port, target, token, enough, headers = {}) {
  return new Promise((resolve, reject) => {
    const events = [];
    let text = '';
    const all = { ...headers };
    if (token) all.Authorization = `Bearer ${token}`;
    const request = http.get({ host: '127.0.0.1', port, path: '/api/v1' + target, agent: false, headers: all }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`));
      request.emit('begun');
      response.on('data', (chunk) => {
        text += chunk;
        let end;
        while ((end = text.indexOf('\n\n')) >= 0) {
          const event = {};
          for (const line of text.slice(0, end).split('\n')) {
            const colon = line.indexOf(': ');
            if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 2);
          }
          text = text.slice(end + 2);
          if (event.data) events.push({ ...event, data: JSON.parse(event.data) });
        }
        if (enough(events)) {
          request.destroy();
          resolve(events);
        }
      });
      response.on('end', () => resolve(events));
    });
    request.on('error', (error) => (events.length ? resolve(events) : reject(error)));
    const late = setTimeout(() => {
      const kinds = events.map((event) => event.event).join(' ');
      reject(new Error(`${target}: after 60 s only ${events.length} events: ${kinds}`));
      request.destroy();
    }, 60000);
    request.on('close', () => clearTimeout(late));
    if (follow.begun) request.once('begun', follow.begun);
  });
}

module.exports = { Api, check, children, finish, follow, raw, send, startDaemon, startSegment, work };
