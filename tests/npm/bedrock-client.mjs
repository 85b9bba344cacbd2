// Drives a server with AWS's official client. Usage: node bedrock-client.mjs BASE_URL API_KEY ACCESS_KEY_ID SECRET_ACCESS_KEY
import assert from 'node:assert/strict';
import {
  BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand, InvokeModelCommand,
  AccessDeniedException, InternalServerException, ModelErrorException, ModelStreamErrorException, ModelTimeoutException,
  ResourceNotFoundException, ServiceUnavailableException, ThrottlingException, ValidationException,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const [endpoint, apiKey, accessKeyId, secretAccessKey] = process.argv.slice(2);
// The client's own choice is HTTP/2, which needs TLS here.
const clients = [];
const connect = (more) => {
  clients.push(new BedrockRuntimeClient({ endpoint, region: 'eu-central-1', maxAttempts: 1, requestHandler: new NodeHttpHandler(), ...more }));
  return clients.at(-1);
};
const byKey = connect({ token: { token: apiKey }, authSchemePreference: ['httpBearerAuth'] });
const signed = connect({ credentials: { accessKeyId, secretAccessKey } });
const ask = (...content) => [{ role: 'user', content: content.map((c) => (typeof c === 'string' ? { text: c } : c)) }];
const converse = (request, client = signed) => client.send(new ConverseCommand({ modelId: 'sim-small', ...request }));
const textOf = (answer) => answer.output.message.content.map((b) => b.text ?? '').join('');
const passed = [];
const check = async (name, run) => {
  try {
    await run();
  } catch (e) {
    e.message = `${name}: ${e.message}`;
    throw e;
  }
  passed.push(name);
};

// Puts the events of a stream together as an application would.
const collect = async (request, client = signed) => {
  const answer = await client.send(new ConverseStreamCommand({ modelId: 'sim-small', ...request }));
  const blocks = [], events = [];
  let stopReason, metadata;
  for await (const event of answer.stream) {
    const [name] = Object.keys(event);
    events.push(name);
    if (event.contentBlockStart) blocks[event.contentBlockStart.contentBlockIndex] = { ...event.contentBlockStart.start.toolUse, input: '' };
    if (event.contentBlockDelta) {
      const { contentBlockIndex: index, delta } = event.contentBlockDelta;
      const block = (blocks[index] ??= {});
      if (delta.text !== undefined) block.text = (block.text ?? '') + delta.text;
      if (delta.toolUse) block.input += delta.toolUse.input;
      if (delta.reasoningContent?.text !== undefined) block.thought = (block.thought ?? '') + delta.reasoningContent.text;
      if (delta.reasoningContent?.signature) block.signature = delta.reasoningContent.signature;
    }
    if (event.messageStop) stopReason = event.messageStop.stopReason;
    if (event.metadata) metadata = event.metadata;
  }
  for (const block of blocks) if (block.input !== undefined) block.input = JSON.parse(block.input || '{}');
  return { blocks, events, stopReason, metadata, text: blocks.map((b) => b.text ?? '').join('') };
};

const tool = (name, description, properties) => ({
  toolSpec: { name, description, inputSchema: { json: { type: 'object', properties, required: Object.keys(properties), additionalProperties: false } } },
});
const weather = tool('get_weather', 'Current weather of a city', { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } });
const clock = tool('get_time', 'Time of day', { zone: { const: 'CET' } });

await check('message', async () => {
  for (const client of [byKey, signed]) {
    const answer = await converse({ system: [{ text: 'Be brief.' }], messages: ask('!echo Grüße 😀 "q"') }, client);
    assert.equal(textOf(answer), 'Grüße 😀 "q"');
    assert.equal(answer.output.message.role, 'assistant');
    assert.equal(answer.stopReason, 'end_turn');
    assert.ok(answer.usage.inputTokens > 5 && answer.usage.outputTokens > 3);
    assert.equal(answer.usage.totalTokens, answer.usage.inputTokens + answer.usage.outputTokens);
    assert.equal(typeof answer.metrics.latencyMs, 'number');
    assert.match(answer.$metadata.requestId, /^req_/);
  }
});

await check('token limit and stop sequence', async () => {
  const short = await converse({ messages: ask('!echo a b c'), inferenceConfig: { maxTokens: 2 } });
  assert.deepEqual([textOf(short), short.stopReason], ['a b', 'max_tokens']);
  const stopped = await converse({ messages: ask('!echo one two three'), inferenceConfig: { stopSequences: [' three'] } });
  assert.deepEqual([textOf(stopped), stopped.stopReason], ['one two', 'stop_sequence']);
});

await check('stream', async () => {
  const answer = await collect({ messages: ask('!echo one two 😀 three') });
  assert.equal(answer.text, 'one two 😀 three');
  assert.equal(answer.stopReason, 'end_turn');
  assert.deepEqual(answer.events, ['messageStart', ...Array(answer.metadata.usage.outputTokens).fill('contentBlockDelta'), 'contentBlockStop', 'messageStop', 'metadata']);
  const whole = await converse({ messages: ask('!echo one two 😀 three') });
  assert.deepEqual(answer.metadata.usage, whole.usage);
});

await check('tools, there and back', async () => {
  const messages = ask('What is the weather in Paris?');
  const toolConfig = { tools: [weather] };
  const first = await converse({ messages, toolConfig });
  assert.equal(first.stopReason, 'tool_use');
  const { toolUse } = first.output.message.content.at(-1);
  assert.deepEqual(toolUse.input, { city: 'Paris', unit: 'celsius' });
  const second = await converse({
    toolConfig,
    messages: [...messages, first.output.message, { role: 'user', content: [{ toolResult: { toolUseId: toolUse.toolUseId, content: [{ text: '21 degrees' }], status: 'success' } }] }],
  });
  assert.match(textOf(second), /get_weather returned “21 degrees”/);
});

await check('parallel tools streamed, there and back', async () => {
  const messages = ask('What is the weather in Paris, and the time?');
  const toolConfig = { tools: [weather, clock], toolChoice: { any: {} } };
  const first = await collect({ messages, toolConfig });
  assert.equal(first.stopReason, 'tool_use');
  assert.deepEqual(first.blocks.map((b) => [b.name, b.input]), [['get_weather', { city: 'Paris', unit: 'celsius' }], ['get_time', { zone: 'CET' }]]);
  assert.equal(new Set(first.blocks.map((b) => b.toolUseId)).size, 2);
  assert.equal(first.events.filter((e) => e === 'contentBlockStart').length, 2);
  const second = await collect({
    toolConfig: { tools: [weather, clock] },
    messages: [
      ...messages,
      { role: 'assistant', content: first.blocks.map((b) => ({ toolUse: { toolUseId: b.toolUseId, name: b.name, input: b.input } })) },
      { role: 'user', content: first.blocks.map((b, i) => ({ toolResult: { toolUseId: b.toolUseId, content: [{ json: { result: i } }] } })) },
    ],
  });
  assert.match(second.text, /get_weather returned “\{"result":0\}”; get_time returned “\{"result":1\}”/);
  const named = await collect({ messages, toolConfig: { tools: [weather, clock], toolChoice: { tool: { name: 'get_time' } } } });
  assert.deepEqual(named.blocks.map((b) => b.name), ['get_time']);
});

await check('images', async () => {
  const image = { image: { format: 'png', source: { bytes: Uint8Array.from([0x89, 0x50, 0x4e, 0x47]) } } };
  assert.match(textOf(await converse({ modelId: 'sim-vision', messages: ask('What is this?', image) })), /You attached 1 image/);
  await assert.rejects(converse({ messages: ask('What is this?', image) }), ValidationException);
});

await check('thinking, whole and streamed, and given back', async () => {
  const request = {
    modelId: 'sim-large', messages: ask('!echo done'), inferenceConfig: { maxTokens: 4000 },
    additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } },
  };
  const whole = await converse(request);
  const { reasoningText } = whole.output.message.content[0].reasoningContent;
  assert.ok(reasoningText.text.length > 10);
  const streamed = await collect(request);
  assert.deepEqual(streamed.blocks, [{ thought: reasoningText.text, signature: reasoningText.signature }, { text: 'done' }]);
  const messages = [...request.messages, whole.output.message, ...ask('!echo again')];
  assert.equal(textOf(await converse({ ...request, messages })), 'again');
  reasoningText.signature = 'forged';
  await assert.rejects(converse({ ...request, messages }), /Invalid `signature`/);
});

await check('structured output', async () => {
  const schema = { type: 'object', properties: { seats: { type: 'integer', minimum: 1, maximum: 9 } }, required: ['seats'], additionalProperties: false };
  const answer = await converse({
    messages: ask('A table for 4'), outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'table', schema: JSON.stringify(schema) } } } },
  });
  assert.deepEqual(JSON.parse(textOf(answer)), { seats: 4 });
});

await check('embeddings of Titan and Cohere', async () => {
  const invoke = async (body, modelId = 'sim-embed') => {
    const answer = await signed.send(new InvokeModelCommand({ modelId, contentType: 'application/json', body: JSON.stringify(body) }));
    return JSON.parse(new TextDecoder().decode(answer.body));
  };
  const titan = await invoke({ inputText: 'a text to embed', dimensions: 256, normalize: true, embeddingTypes: ['float', 'binary'] }, 'amazon.titan-embed-text-v2:0');
  assert.equal(titan.embedding.length, 256);
  assert.deepEqual(titan.embeddingsByType.float, titan.embedding);
  assert.deepEqual(titan.embeddingsByType.binary, titan.embedding.map((x) => (x > 0 ? 1 : 0)));
  assert.ok(Math.abs(Math.hypot(...titan.embedding) - 1) < 1e-5);
  assert.equal(titan.inputTextTokenCount, 4);
  const cohere = await invoke({ texts: ['first', 'second'], input_type: 'search_document' });
  assert.equal(cohere.response_type, 'embeddings_floats');
  assert.deepEqual(cohere.embeddings.map((e) => e.length), [384, 384]);
  const typed = await invoke({ texts: ['first'], input_type: 'search_query', embedding_types: ['float', 'int8', 'ubinary'] });
  assert.deepEqual(Object.entries(typed.embeddings).map(([type, [e]]) => [type, e.length]), [['float', 384], ['int8', 384], ['ubinary', 48]]);
  await assert.rejects(invoke({ inputText: '' }), ValidationException);
});

await check('errors have their classes', async () => {
  const rejects = (promise, type, status) => assert.rejects(promise, (e) => {
    assert.ok(e instanceof type, `${e.name} is not ${type.name}: ${e.message}`);
    assert.equal(e.$metadata.httpStatusCode, status);
    assert.ok(e.message.length > 5);
    return true;
  });
  await rejects(converse({ modelId: 'nope', messages: ask('x') }), ValidationException, 400);
  await rejects(converse({ messages: [{ role: 'assistant', content: [{ text: 'x' }] }] }), ValidationException, 400);
  await rejects(converse({ messages: ask('x'), inferenceConfig: { temperature: 1.5 } }), ValidationException, 400);
  const faults = [
    [403, AccessDeniedException], [404, ResourceNotFoundException], [408, ModelTimeoutException], [424, ModelErrorException],
    [429, ThrottlingException], [500, InternalServerException], [503, ServiceUnavailableException],
  ];
  for (const [status, type] of faults) {
    await rejects(converse({ modelId: `sim-small+status-code-${status}`, messages: ask('x') }), type, status);
    await rejects(collect({ modelId: `sim-small+status-code-${status}`, messages: ask('x') }), type, status);
  }
});

await check('credentials', async () => {
  const refused = (client, name) => assert.rejects(converse({ messages: ask('x') }, client), (e) => {
    assert.deepEqual([e.name, e.$metadata.httpStatusCode], [name, 403]);
    return true;
  });
  await refused(connect({ token: { token: 'wrong' }, authSchemePreference: ['httpBearerAuth'] }), 'AccessDeniedException');
  await refused(connect({ credentials: { accessKeyId, secretAccessKey: 'wrong' } }), 'InvalidSignatureException');
  await refused(connect({ credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey } }), 'UnrecognizedClientException');
  // A colon in the path is signed encoded twice, whatever else the request has.
  const profile = 'arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.sim-small';
  assert.equal(textOf(await converse({ modelId: profile, messages: ask('!echo profile') })), 'profile');
  const temporary = connect({ credentials: { accessKeyId, secretAccessKey, sessionToken: 'a token' } });
  assert.equal(textOf(await converse({ messages: ask('!echo temporary') }, temporary)), 'temporary');
});

await check('exceptions inside a stream are errors of their class', async () => {
  const faults = [[424, ModelStreamErrorException], [429, ThrottlingException], [500, InternalServerException], [503, ServiceUnavailableException], [400, ValidationException]];
  for (const [status, type] of faults) {
    await assert.rejects(collect({ modelId: `sim-small+error-event-after-3-code-${status}`, messages: ask('hello') }), type);
  }
});

await check('a stream that is cut or corrupted is an error', async () => {
  for (const fault of ['cut-after-3', 'cut-after-3-bytes-20', 'reset-after-3', 'corrupt-after-3', 'corrupt-after-3-bytes-9', 'malformed-after-3']) {
    await assert.rejects(collect({ modelId: `sim-small+${fault}`, messages: ask('hello') }), undefined, fault);
  }
});

await check('a stream in single bytes is whole', async () => {
  assert.equal((await collect({ modelId: 'sim-small+split', messages: ask('!echo é😀 ok') })).text, 'é😀 ok');
});

// Streams that were given up would keep their connections, and this process, alive.
for (const client of clients) client.destroy();
console.log(JSON.stringify(passed));
