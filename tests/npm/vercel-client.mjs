// Drives an OpenAI-compatible server with Vercel's AI SDK, as an application would.
// Usage: node vercel-client.mjs ADDRESS (of /v1) API_KEY MODEL [DIALECT OF THE PROVIDER BEHIND IT]
import assert from 'node:assert/strict';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, isStepCount, streamText, tool } from 'ai';
import { z } from 'zod';

const [baseURL, apiKey, modelId, dialect = 'openai'] = process.argv.slice(2);
const connect = (key) => createOpenAICompatible({ name: 'gateway', baseURL, apiKey: key, includeUsage: true });
const model = connect(apiKey)(modelId);
let passed = 0;
const check = async (name, run) => {
  try {
    await run();
  } catch (e) {
    e.message = `${name}: ${e.message}`;
    throw e;
  }
  passed++;
};

// What is called lies in the list; each result names its call.
const makeTools = (calls) => ({
  get_weather: tool({
    description: 'Current weather of a city',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => { calls.push(['get_weather', city]); return `sunny in ${city}`; },
  }),
  get_time: tool({
    description: 'Time of day in a zone',
    inputSchema: z.object({ zone: z.enum(['CET']) }),
    execute: async ({ zone }) => { calls.push(['get_time', zone]); return `noon ${zone}`; },
  }),
});
const both = [['get_time', 'CET'], ['get_weather', 'Paris']];

await check('text', async () => {
  const { text, finishReason, usage } = await generateText({ model, system: 'Be brief.', prompt: '!echo Grüße 😀 "q"', maxRetries: 0 });
  assert.equal(text, 'Grüße 😀 "q"');
  assert.equal(finishReason, 'stop');
  assert.ok(usage.inputTokens > 5 && usage.outputTokens > 3, JSON.stringify(usage));
});

await check('stream', async () => {
  const result = streamText({ model, prompt: '!echo one two 😀 three', maxRetries: 0, onError: ({ error }) => { throw error; } });
  const pieces = [];
  for await (const piece of result.textStream) pieces.push(piece);
  assert.equal(pieces.join(''), 'one two 😀 three');
  assert.ok(pieces.length > 1, 'it came in pieces');
  assert.equal(await result.finishReason, 'stop');
  const usage = await result.usage;
  assert.ok(usage.inputTokens > 3 && usage.outputTokens > 3, JSON.stringify(usage));
});

await check('one tool, there and back', async () => {
  const calls = [];
  const { get_weather } = makeTools(calls);
  const { text, steps } = await generateText({ model, tools: { get_weather }, stopWhen: isStepCount(3), prompt: 'What is the weather in Paris?', maxRetries: 0 });
  assert.deepEqual(calls, [['get_weather', 'Paris']]);
  assert.deepEqual(steps.map((s) => s.finishReason), ['tool-calls', 'stop']);
  assert.match(text, /sunny in Paris/);
});

await check('parallel tools, there and back', async () => {
  const calls = [];
  const { text, steps } = await generateText({
    model, tools: makeTools(calls), stopWhen: isStepCount(3), prompt: 'What is the weather in Paris, and the time?', maxRetries: 0,
  });
  assert.deepEqual(calls.sort(), both);
  assert.equal(steps[0].toolCalls.length, 2);
  assert.match(text, /sunny in Paris/);
  assert.match(text, /noon CET/);
});

await check('parallel tools streamed, there and back', async () => {
  const calls = [];
  const result = streamText({
    model, tools: makeTools(calls), stopWhen: isStepCount(3), prompt: 'What is the weather in Paris, and the time?', maxRetries: 0, onError: ({ error }) => { throw error; },
  });
  let text = '';
  for await (const piece of result.textStream) text += piece;
  const steps = await result.steps;
  assert.deepEqual(calls.sort(), both);
  assert.deepEqual(steps.map((s) => s.finishReason), ['tool-calls', 'stop']);
  assert.equal(new Set(steps[0].toolCalls.map((c) => c.toolCallId)).size, 2);
  assert.match(text, /sunny in Paris/);
  assert.match(text, /noon CET/);
});

await check('a chosen tool', async () => {
  const calls = [];
  const choose = () => generateText({
    model, tools: makeTools(calls), toolChoice: { type: 'tool', toolName: 'get_time' }, prompt: 'What is the weather in Paris?', maxRetries: 0,
  });
  if (dialect === 'ollama') {
    // Ollama cannot be made to call a tool, and says so instead of calling another one.
    await assert.rejects(choose(), (e) => APICallError.isInstance(e) && e.statusCode === 400 && e.data.error.code === 'unsupported_operation');
    return;
  }

  assert.deepEqual((await choose()).toolCalls.map((c) => [c.toolName, c.input]), [['get_time', { zone: 'CET' }]]);
});

await check('errors', async () => {
  const rejects = (promise, status) => assert.rejects(promise, (e) => APICallError.isInstance(e) && e.statusCode === status);
  await rejects(generateText({ model: connect(apiKey)('nope'), prompt: 'x', maxRetries: 0 }), 404);
  await rejects(generateText({ model: connect('wrong')(modelId), prompt: 'x', maxRetries: 0 }), 401);
});

console.log(`${passed} checks passed`);
