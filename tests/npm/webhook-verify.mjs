// Verifies a delivery with the code that docs/jobs.md shows, as a receiver would.
// Usage: node webhook-verify.mjs SECRET ID TIMESTAMP SIGNATURE BODY_IN_BASE64
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

const [secret, id, timestamp, signature, encoded] = process.argv.slice(2);
const page = await readFile(new URL('../../docs/jobs.md', import.meta.url), 'utf8');
const code = /```js\r?\n([\s\S]*?)```/.exec(page.slice(page.indexOf('## Webhooks')))[1];
const { verify } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const body = Buffer.from(encoded, 'base64');
const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
const now = Number(timestamp) + 1;
const event = verify(secret, headers, body, now);

const changed = Buffer.from(body);
changed[changed.length - 2] ^= 1;
assert.throws(() => verify(secret, headers, changed, now), /does not fit/);
assert.throws(() => verify(secret, { ...headers, 'webhook-id': `${id}x` }, body, now), /does not fit/);
assert.throws(() => verify(`whsec_${Buffer.alloc(32).toString('base64')}`, headers, body, now), /does not fit/);
assert.throws(() => verify(secret, { ...headers, 'webhook-signature': '' }, body, now), /does not fit/);
assert.throws(() => verify(secret, { ...headers, 'webhook-signature': signature.replace('v1,', 'v2,') }, body, now), /does not fit/);
assert.throws(() => verify(secret, headers, body, now + 600), /too old/);
assert.throws(() => verify(secret, { ...headers, 'webhook-timestamp': 'x' }, body, now), /too old/);
console.log(event.type);
