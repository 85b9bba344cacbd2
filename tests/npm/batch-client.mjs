// Drives a gateway's files and batches with the official openai client. Usage: node batch-client.mjs BASE_URL API_KEY MODEL [LINES]
import assert from 'node:assert/strict';
import OpenAI, { toFile } from 'openai';

const [baseURL, apiKey, model, count = '50'] = process.argv.slice(2);
const lines = Number(count);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 2 });
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const request = (i, to) => JSON.stringify({
  custom_id: `line-${i}`, method: 'POST', url: '/v1/chat/completions',
  body: { model: to, messages: [{ role: 'user', content: `!echo answer ${i} 😀` }] },
});
const ended = async (id) => {
  for (let last = -1; ;) {
    const batch = await client.batches.retrieve(id);
    const { total, completed, failed } = batch.request_counts;
    assert.ok(completed + failed >= last && (total === 0 || completed + failed <= total), 'counts only grow');
    last = completed + failed;
    if (['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) return batch;
    await wait(200);
  }
};
const read = async (id) => (await (await client.files.content(id)).text()).trimEnd().split('\n').map((line) => JSON.parse(line));

// One line fails in the middle, CRLF and no line end at the last.
const input = [...Array(lines).keys()].map((i) => request(i, i === 7 ? 'nobody-has-this' : model)).join('\r\n');
const file = await client.files.create({ file: await toFile(Buffer.from(input), 'requests.jsonl'), purpose: 'batch' });
const created = await client.batches.create({
  input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h', metadata: { project: 'test' },
});
assert.equal(created.object, 'batch');
assert.equal(created.metadata.project, 'test');
const batch = await ended(created.id);
assert.equal(batch.status, 'completed', JSON.stringify(batch));
assert.deepEqual(batch.request_counts, { total: lines, completed: lines - 1, failed: 1 });
assert.ok(batch.in_progress_at && batch.finalizing_at && batch.completed_at && batch.expires_at);

const output = await read(batch.output_file_id);
assert.deepEqual(output.map((line) => line.custom_id), [...Array(lines).keys()].filter((i) => i !== 7).map((i) => `line-${i}`));
for (const line of output) {
  assert.equal(line.error, null);
  assert.equal(line.response.status_code, 200);
  assert.equal(line.response.body.choices[0].message.content, `answer ${line.custom_id.slice(5)} 😀`);
}
const errors = await read(batch.error_file_id);
assert.equal(errors.length, 1);
assert.equal(errors[0].custom_id, 'line-7');
assert.equal(errors[0].response.body.error.code, 'model_not_found');

// A file with mistakes.
const bad = await client.files.create({ file: await toFile(Buffer.from(`${request(1, model)}\nnonsense\n`), 'bad.jsonl'), purpose: 'batch' });
const refused = await ended((await client.batches.create({ input_file_id: bad.id, endpoint: '/v1/chat/completions', completion_window: '24h' })).id);
assert.equal(refused.status, 'failed');
assert.equal(refused.errors.data[0].line, 2);

const ids = [];
for await (const listed of client.batches.list({ limit: 1 })) ids.push(listed.id);
assert.deepEqual(ids.slice(0, 2), [refused.id, batch.id]);
await assert.rejects(client.batches.cancel(batch.id), (e) => e.status === 409);
await assert.rejects(client.batches.retrieve('batch_none'), (e) => e.status === 404);
console.log('batches passed');
