// Drives a server with the official ollama client. Usage: node ollama-client.mjs HOST
import assert from 'node:assert/strict';
import { Ollama } from 'ollama';

const [host] = process.argv.slice(2);
const client = new Ollama({ host });
const ask = (content, more = {}) => [{ role: 'user', content, ...more }];
const passed = [];
const check = async (name, run) => {
  await run();
  passed.push(name);
};

const weatherTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
      required: ['city', 'unit'],
    },
  },
};

await check('chat', async () => {
  const answer = await client.chat({ model: 'sim-small', messages: ask('!echo Grüße 😀 "q" <b>') });
  assert.equal(answer.message.content, 'Grüße 😀 "q" <b>');
  assert.equal(answer.message.role, 'assistant');
  assert.equal(answer.done, true);
  assert.equal(answer.done_reason, 'stop');
  assert.ok(answer.prompt_eval_count > 0 && answer.eval_count > 0 && answer.total_duration > 0);
  assert.ok(!Number.isNaN(Date.parse(answer.created_at)));
});

await check('stream', async () => {
  let text = '', last, lines = 0;
  for await (const part of await client.chat({ model: 'sim-small', messages: ask('!echo one two 😀 three'), stream: true })) {
    text += part.message.content;
    last = part;
    lines++;
  }
  assert.equal(text, 'one two 😀 three');
  assert.equal(last.done, true);
  assert.equal(last.eval_count, lines - 1);
});

await check('tools', async () => {
  const messages = ask('What is the weather in Paris?');
  const first = await client.chat({ model: 'sim-small', messages, tools: [weatherTool] });
  const call = first.message.tool_calls[0];
  assert.deepEqual(call.function.arguments, { city: 'Paris', unit: 'celsius' });
  assert.equal(first.done_reason, 'stop');
  const second = await client.chat({
    model: 'sim-small', tools: [weatherTool],
    messages: [...messages, first.message, { role: 'tool', tool_name: 'get_weather', content: '21 degrees' }],
  });
  assert.match(second.message.content, /get_weather returned “21 degrees”/);
});

await check('tools streamed', async () => {
  const calls = [];
  for await (const part of await client.chat({ model: 'sim-small', messages: ask('What is the weather in Paris?'), tools: [weatherTool], stream: true })) {
    calls.push(...(part.message.tool_calls ?? []));
  }
  assert.equal(calls.length, 1);
  assert.equal(calls[0].function.arguments.city, 'Paris');
});

await check('thinking', async () => {
  const thought = await client.chat({ model: 'sim-large', messages: ask('!echo done'), think: true });
  assert.match(thought.message.thinking, /The user writes/);
  assert.equal(thought.message.content, 'done');
  const plain = await client.chat({ model: 'sim-large', messages: ask('!echo done'), think: false });
  assert.equal(plain.message.thinking, undefined);
  await assert.rejects(client.chat({ model: 'sim-small', messages: ask('x'), think: true }), /does not support thinking/);
});

await check('format', async () => {
  const object = await client.chat({ model: 'sim-small', messages: ask('Hi'), format: 'json' });
  assert.equal(typeof JSON.parse(object.message.content), 'object');
  const schema = { type: 'object', properties: { age: { type: 'integer' }, ok: { type: 'boolean' } }, required: ['age', 'ok'] };
  const typed = JSON.parse((await client.chat({ model: 'sim-small', messages: ask('Ada is 36'), format: schema })).message.content);
  assert.equal(typed.age, 36);
  assert.equal(typeof typed.ok, 'boolean');
});

await check('images', async () => {
  const image = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const answer = await client.chat({ model: 'sim-vision', messages: ask('!echo seen', { images: [image] }) });
  assert.equal(answer.message.content, 'seen');
  assert.ok(answer.prompt_eval_count > 80);
});

await check('generate', async () => {
  const answer = await client.generate({ model: 'sim-small', prompt: '!echo a b c', options: { num_predict: 2 } });
  assert.equal(answer.response, 'a b');
  assert.equal(answer.done_reason, 'length');
  assert.ok(answer.context.length > 0);
  let text = '';
  for await (const part of await client.generate({ model: 'sim-small', prompt: '!echo x 😀', stream: true })) text += part.response;
  assert.equal(text, 'x 😀');
});

await check('embeddings', async () => {
  const many = await client.embed({ model: 'sim-embed', input: ['first text', 'second text'] });
  assert.equal(many.embeddings.length, 2);
  assert.equal(many.embeddings[0].length, 384);
  assert.equal(many.prompt_eval_count, 4);
  const one = await client.embeddings({ model: 'sim-embed', prompt: 'first text' });
  assert.deepEqual(one.embedding, many.embeddings[0]);
});

await check('models', async () => {
  const { models } = await client.list();
  assert.ok(models.some((m) => m.name === 'sim-small:latest' && m.details.format === 'gguf' && m.size > 0));
  const shown = await client.show({ model: 'sim-small' });
  assert.equal(shown.model_info['simulated.context_length'], 32768);
  assert.deepEqual(shown.capabilities, ['completion', 'tools', 'insert']);
  await client.chat({ model: 'sim-small', messages: ask('x'), keep_alive: -1 });
  const running = (await client.ps()).models.find((m) => m.model === 'sim-small:latest');
  assert.ok(new Date(running.expires_at).getUTCFullYear() > 2200);
  assert.match((await client.version()).version, /^\d+\.\d+\.\d+$/);
});

await check('pull, copy, delete', async () => {
  const seen = [];
  for await (const part of await client.pull({ model: 'llama3.2:1b', stream: true })) seen.push(part);
  assert.equal(seen[0].status, 'pulling manifest');
  assert.equal(seen.at(-1).status, 'success');
  assert.ok(seen.some((p) => p.completed > 0 && p.completed < p.total));
  assert.deepEqual(await client.copy({ source: 'llama3.2:1b', destination: 'mine' }), { status: 'success' });
  assert.equal((await client.chat({ model: 'mine', messages: ask('!echo hi') })).message.content, 'hi');
  await client.delete({ model: 'mine' });
  await assert.rejects(client.chat({ model: 'mine', messages: ask('x') }), /model 'mine' not found/);
  await assert.rejects(client.pull({ model: 'missing-model' }), /file does not exist/);
});

await check('errors', async () => {
  await assert.rejects(client.chat({ model: 'nope', messages: ask('x') }), (e) => e.status_code === 404 && e.error === "model 'nope' not found");
  await assert.rejects(client.chat({ model: 'sim-embed', messages: ask('x') }), /"sim-embed" does not support chat/);
});

await check('an error line inside a stream is an error', async () => {
  const stream = await client.chat({ model: 'sim-small+error-event-after-2', messages: ask('hello'), stream: true });
  await assert.rejects(async () => { for await (const _ of stream); }, /Simulated fault/);
});

await check('a stream in single bytes is whole', async () => {
  let text = '';
  for await (const part of await client.chat({ model: 'sim-small+split', messages: ask('!echo é😀 ok'), stream: true })) text += part.message.content;
  assert.equal(text, 'é😀 ok');
});

console.log(JSON.stringify(passed));
