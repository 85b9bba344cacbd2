// Drives a server with the official Anthropic client. Usage: node anthropic-client.mjs BASE_URL API_KEY
import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';

const [baseURL, apiKey] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0 });
const ask = (content) => [{ role: 'user', content }];
const passed = [];
const check = async (name, run) => {
  await run();
  passed.push(name);
};
const textOf = (message) => message.content.filter((b) => b.type === 'text').map((b) => b.text).join('');
const base = { model: 'sim-small', max_tokens: 500 };

const weatherTool = {
  name: 'get_weather',
  description: 'Current weather of a city',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
    required: ['city', 'unit'],
    additionalProperties: false,
  },
};

await check('message', async () => {
  const message = await client.messages.create({ ...base, system: 'Be brief.', messages: ask('!echo Grüße 😀 "q"') });
  assert.equal(textOf(message), 'Grüße 😀 "q"');
  assert.equal(message.type, 'message');
  assert.equal(message.role, 'assistant');
  assert.equal(message.stop_reason, 'end_turn');
  assert.ok(message.usage.input_tokens > 5 && message.usage.output_tokens > 3);
  assert.match(message._request_id, /^req_/);
});

await check('token limit and stop sequence', async () => {
  const short = await client.messages.create({ ...base, max_tokens: 2, messages: ask('!echo a b c') });
  assert.equal(textOf(short), 'a b');
  assert.equal(short.stop_reason, 'max_tokens');
  const stopped = await client.messages.create({ ...base, stop_sequences: ['x', ' c'], messages: ask('!echo a b c d') });
  assert.equal(textOf(stopped), 'a b');
  assert.equal(stopped.stop_reason, 'stop_sequence');
  assert.equal(stopped.stop_sequence, ' c');
});

await check('stream', async () => {
  const events = [];
  const stream = client.messages.stream({ ...base, messages: ask('!echo one two 😀 three') });
  stream.on('streamEvent', (event) => events.push(event.type));
  const message = await stream.finalMessage();
  assert.equal(textOf(message), 'one two 😀 three');
  assert.equal(message.stop_reason, 'end_turn');
  assert.equal(message.usage.output_tokens, (await client.messages.create({ ...base, messages: ask('!echo one two 😀 three') })).usage.output_tokens);
  assert.deepEqual([events[0], events[1], ...events.slice(-3)], ['message_start', 'content_block_start', 'content_block_stop', 'message_delta', 'message_stop']);
});

await check('tools', async () => {
  const tools = [weatherTool];
  const messages = ask('What is the weather in Paris?');
  const first = await client.messages.create({ ...base, messages, tools });
  const call = first.content.find((b) => b.type === 'tool_use');
  assert.equal(first.stop_reason, 'tool_use');
  assert.deepEqual(call.input, { city: 'Paris', unit: 'celsius' });
  const second = await client.messages.create({
    ...base, tools,
    messages: [...messages, { role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: '21 degrees' }] }],
  });
  assert.match(textOf(second), /get_weather returned “21 degrees”/);
});

await check('tools streamed', async () => {
  const message = await client.messages.stream({
    ...base, messages: ask('What is the weather in Paris?'), tools: [weatherTool], tool_choice: { type: 'any', disable_parallel_tool_use: true },
  }).finalMessage();
  assert.deepEqual(message.content.map((b) => [b.type, b.input]), [['tool_use', { city: 'Paris', unit: 'celsius' }]]);
  assert.equal(message.stop_reason, 'tool_use');
});

await check('thinking, whole and streamed, and given back', async () => {
  const request = { ...base, model: 'sim-large', max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 1024 }, messages: ask('!echo done') };
  const whole = await client.messages.create(request);
  const streamed = await client.messages.stream(request).finalMessage();
  assert.deepEqual(whole.content.map((b) => b.type), ['thinking', 'text']);
  assert.deepEqual(streamed.content.map((b) => [b.type, b.thinking ?? b.text, b.signature]), whole.content.map((b) => [b.type, b.thinking ?? b.text, b.signature]));
  const messages = [...request.messages, { role: 'assistant', content: whole.content }, { role: 'user', content: '!echo again' }];
  assert.equal(textOf(await client.messages.create({ ...request, messages })), 'again');
  messages[1].content[0].signature = 'forged';
  await assert.rejects(client.messages.create({ ...request, messages }), /Invalid `signature`/);
});

await check('structured output', async () => {
  const schema = { type: 'object', properties: { seats: { type: 'integer', minimum: 1, maximum: 9 } }, required: ['seats'], additionalProperties: false };
  const message = await client.messages.create({ ...base, messages: ask('A table for 4'), output_config: { format: { type: 'json_schema', schema } } });
  assert.deepEqual(JSON.parse(textOf(message)), { seats: 4 });
});

await check('count tokens', async () => {
  const messages = ask('How many tokens are these?');
  const counted = await client.messages.countTokens({ model: 'sim-small', messages });
  assert.equal(counted.input_tokens, (await client.messages.create({ ...base, messages })).usage.input_tokens);
});

await check('models, page by page', async () => {
  const ids = [];
  for await (const model of client.models.list({ limit: 1 })) ids.push(model.id);
  assert.deepEqual([...ids].sort(), ['sim-large', 'sim-small', 'sim-vision']);
  const model = await client.models.retrieve('sim-large');
  assert.equal(model.type, 'model');
  assert.equal(model.capabilities.thinking.supported, true);
});

await check('errors', async () => {
  const rejects = (promise, type, status, errorType) => assert.rejects(promise, (e) => {
    assert.ok(e instanceof type, `${e}`);
    assert.equal(e.status, status);
    assert.equal(e.error.type, 'error');
    assert.equal(e.error.error.type, errorType);
    return true;
  });
  await rejects(client.messages.create({ ...base, model: 'nope', messages: ask('x') }), Anthropic.NotFoundError, 404, 'not_found_error');
  await rejects(client.messages.create({ ...base, messages: [] }), Anthropic.BadRequestError, 400, 'invalid_request_error');
  await rejects(client.messages.create({ ...base, temperature: 1.5, messages: ask('x') }), Anthropic.BadRequestError, 400, 'invalid_request_error');
  await rejects(client.models.retrieve('nope'), Anthropic.NotFoundError, 404, 'not_found_error');
  await rejects(new Anthropic({ baseURL, apiKey: 'wrong', maxRetries: 0 }).messages.create({ ...base, messages: ask('x') }), Anthropic.AuthenticationError, 401, 'authentication_error');
  await rejects(client.messages.create({ ...base, model: 'sim-small+status-code-429-retry-1', messages: ask('x') }), Anthropic.RateLimitError, 429, 'rate_limit_error');
  await rejects(client.messages.create({ ...base, model: 'sim-small+status-code-529', messages: ask('x') }), Anthropic.APIError, 529, 'overloaded_error');
});

await check('an error event inside a stream is an error', async () => {
  const stream = await client.messages.create({ ...base, model: 'sim-small+error-event-after-4', messages: ask('hello'), stream: true });
  await assert.rejects(async () => { for await (const _ of stream); }, Anthropic.APIError);
});

await check('a cut stream is an error', async () => {
  const stream = await client.messages.create({ ...base, model: 'sim-small+cut-after-4', messages: ask('hello'), stream: true });
  await assert.rejects(async () => { for await (const _ of stream); });
});

await check('a stream in single bytes is whole', async () => {
  const message = await client.messages.stream({ ...base, model: 'sim-small+split+crlf', messages: ask('!echo é😀 ok') }).finalMessage();
  assert.equal(textOf(message), 'é😀 ok');
});

console.log(JSON.stringify(passed));
