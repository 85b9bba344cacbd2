// Drives the files API with the official openai client. Usage: node files-client.mjs BASE_URL API_KEY
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const folder = await mkdtemp(join(tmpdir(), 'files-'));
try {
  const lines = Array.from({ length: 20000 }, (_, i) => JSON.stringify({ custom_id: `ü${i}`, body: { model: 'm' } })).join('\n') + '\n';
  await writeFile(join(folder, 'in.jsonl'), lines);

  const created = await client.files.create({ file: createReadStream(join(folder, 'in.jsonl')), purpose: 'batch' });
  assert.equal(created.filename, 'in.jsonl');
  assert.equal(created.bytes, Buffer.byteLength(lines));
  assert.equal(created.purpose, 'batch');
  const kept = await client.files.create({
    purpose: 'user_data', expires_after: { anchor: 'created_at', seconds: 3600 }, file: await toFile(Buffer.from('x'), 'ü.txt'),
  });
  assert.equal(kept.expires_at, kept.created_at + 3600);
  assert.equal(kept.filename, 'ü.txt');

  const listed = [];
  for await (const file of client.files.list({ limit: 1 })) listed.push(file.id);
  assert.deepEqual(listed, [kept.id, created.id]);
  assert.deepEqual(await client.files.retrieve(created.id), created);
  assert.equal(await (await client.files.content(created.id)).text(), lines);

  for (const id of listed) assert.deepEqual(await client.files.delete(id), { id, object: 'file', deleted: true });
  await assert.rejects(client.files.retrieve(created.id), (e) => e instanceof OpenAI.NotFoundError && e.code === 'not_found');
  await assert.rejects(client.files.create({ purpose: 'fine-tune', file: await toFile(Buffer.from('x'), 'a') }), (e) => e instanceof OpenAI.BadRequestError);
  console.log('create, list, retrieve, content, delete');
} finally {
  await rm(folder, { recursive: true });
}
