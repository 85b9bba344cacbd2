// Drives a server with the official openai client. Usage: node openai-client.mjs BASE_URL API_KEY
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const ask = (content) => [{ role: 'user', content }];
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
      additionalProperties: false,
    },
  },
};

await check('chat', async () => {
  const answer = await client.chat.completions.create({ model: 'sim-small', messages: ask('!echo Grüße 😀 "q"') });
  assert.equal(answer.choices[0].message.content, 'Grüße 😀 "q"');
  assert.equal(answer.choices[0].finish_reason, 'stop');
  assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  assert.match(answer._request_id, /^req_/);
});

await check('stream', async () => {
  const stream = await client.chat.completions.create({
    model: 'sim-small', messages: ask('!echo one two 😀 three'), stream: true, stream_options: { include_usage: true },
  });
  let text = '', usage = null, finish = [];
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? '';
    if (chunk.choices[0]?.finish_reason) finish.push(chunk.choices[0].finish_reason);
    if (chunk.usage) usage = chunk.usage;
  }
  assert.equal(text, 'one two 😀 three');
  assert.deepEqual(finish, ['stop']);
  assert.ok(usage.completion_tokens > 3);
});

await check('stream helper accumulates two choices', async () => {
  const runner = client.chat.completions.stream({ model: 'sim-small', messages: ask('Why is the sky blue?'), n: 2, seed: 5 });
  const final = await runner.finalChatCompletion();
  const whole = await client.chat.completions.create({ model: 'sim-small', messages: ask('Why is the sky blue?'), n: 2, seed: 5 });
  assert.deepEqual(final.choices.map((c) => c.message.content), whole.choices.map((c) => c.message.content));
  assert.notEqual(final.choices[0].message.content, final.choices[1].message.content);
});

await check('tools', async () => {
  const tools = [weatherTool];
  const messages = ask('What is the weather in Paris?');
  const first = await client.chat.completions.create({ model: 'sim-small', messages, tools });
  const call = first.choices[0].message.tool_calls[0];
  assert.equal(first.choices[0].finish_reason, 'tool_calls');
  assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Paris', unit: 'celsius' });
  const second = await client.chat.completions.create({
    model: 'sim-small', tools,
    messages: [...messages, first.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '21 degrees' }],
  });
  assert.match(second.choices[0].message.content, /get_weather returned “21 degrees”/);
});

await check('tools streamed and run by the client', async () => {
  const seen = [];
  const runner = client.chat.completions.runTools({
    model: 'sim-small', stream: true, messages: ask('What is the weather in Paris?'),
    tools: [{ ...weatherTool, function: { ...weatherTool.function, parse: JSON.parse, function: (a) => { seen.push(a); return 'sunny'; } } }],
  });
  assert.match(await runner.finalContent(), /sunny/);
  assert.deepEqual(seen, [{ city: 'Paris', unit: 'celsius' }]);
});

await check('structured output', async () => {
  const Event = z.object({
    name: z.string().min(3), date: z.string(), seats: z.number().int().min(1).max(9),
    people: z.array(z.object({ name: z.string(), role: z.enum(['host', 'guest']) })).min(1),
  });
  const answer = await client.chat.completions.parse({
    model: 'sim-small', messages: ask('A dinner with "Ada" and "Grace" for 4'), response_format: zodResponseFormat(Event, 'event'),
  });
  assert.equal(answer.choices[0].message.parsed.seats, 4);
  assert.equal(Event.parse(answer.choices[0].message.parsed).people[0].name.length > 0, true);
});

await check('embeddings, base64 by the client\'s default and floats', async () => {
  const input = ['first text', 'second text'];
  const packed = await client.embeddings.create({ model: 'sim-embed', input });
  const plain = await client.embeddings.create({ model: 'sim-embed', input, encoding_format: 'float' });
  assert.equal(packed.data.length, 2);
  assert.equal(packed.data[0].embedding.length, 384);
  packed.data[1].embedding.forEach((x, i) => assert.ok(Math.abs(x - plain.data[1].embedding[i]) < 1e-6));
  const small = await client.embeddings.create({ model: 'sim-embed', input: 'x', dimensions: 64 });
  assert.equal(small.data[0].embedding.length, 64);
});

await check('models', async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.ok(ids.includes('sim-small') && ids.includes('sim-embed'));
  assert.equal((await client.models.retrieve('sim-large')).id, 'sim-large');
});

await check('completions', async () => {
  const answer = await client.completions.create({ model: 'sim-small', prompt: '!echo a b c', max_tokens: 2, logprobs: 1 });
  assert.equal(answer.choices[0].text, 'a b');
  assert.equal(answer.choices[0].finish_reason, 'length');
  assert.deepEqual(answer.choices[0].logprobs.tokens, ['a', ' b']);
});

await check('errors', async () => {
  const rejects = (promise, type, status, code) => assert.rejects(promise, (e) => {
    assert.ok(e instanceof type, `${e}`);
    assert.equal(e.status, status);
    assert.equal(e.code, code);
    return true;
  });
  await rejects(client.chat.completions.create({ model: 'nope', messages: ask('x') }), OpenAI.NotFoundError, 404, 'model_not_found');
  await rejects(client.chat.completions.create({ model: 'sim-small', messages: [] }), OpenAI.BadRequestError, 400, 'invalid_value');
  await rejects(new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 }).models.list(), OpenAI.AuthenticationError, 401, 'invalid_api_key');
  await rejects(client.chat.completions.create({ model: 'sim-small+status-code-429-retry-1', messages: ask('x') }), OpenAI.RateLimitError, 429, 'rate_limit_exceeded');
});

await check('retry after a fault that strikes twice', async () => {
  const patient = new OpenAI({ baseURL, apiKey, maxRetries: 2 });
  const answer = await patient.chat.completions.create({ model: 'sim-small+status-code-503-times-2', messages: ask('!echo at last') });
  assert.equal(answer.choices[0].message.content, 'at last');
});

await check('an error event inside a stream is an error', async () => {
  const stream = await client.chat.completions.create({ model: 'sim-small+error-event-after-2', messages: ask('hello'), stream: true });
  await assert.rejects(async () => { for await (const _ of stream); }, OpenAI.APIError);
});

await check('a cut stream is an error', async () => {
  const stream = await client.chat.completions.create({ model: 'sim-small+cut-after-3', messages: ask('hello'), stream: true });
  await assert.rejects(async () => { for await (const _ of stream); });
});

await check('a stream in single bytes is whole', async () => {
  const stream = await client.chat.completions.create({ model: 'sim-small+split+crlf', messages: ask('!echo é😀 ok'), stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? '';
  assert.equal(text, 'é😀 ok');
});

console.log(JSON.stringify(passed));
