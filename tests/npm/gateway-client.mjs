// Drives the gateway with the official openai client, as an application would.
// Usage: node gateway-client.mjs BASE_URL API_KEY [DIALECT OF THE PROVIDER BEHIND IT: openai | ollama | anthropic | bedrock] [MODEL]
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [baseURL, apiKey, dialect = 'openai', modelName = 'sim-small'] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const ask = (content) => [{ role: 'user', content }];
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

const listed = [];
for await (const model of client.models.list()) listed.push(model.id);
const find = (name) => listed.find((id) => id === name || id === `${name}:latest`);
const chatModel = find(modelName);
const embeddingModel = find('sim-embed');

await check('models', async () => {
  assert.ok(chatModel && (embeddingModel || ['anthropic', 'bedrock'].includes(dialect)), `${listed}`);
  assert.equal((await client.models.retrieve(chatModel)).id, chatModel);
  assert.equal((await client.models.retrieve(modelName)).object, 'model');
});

await check('chat', async () => {
  const { data, response } = await client.chat.completions.create({ model: chatModel, messages: ask('!echo Grüße 😀 "q"') }).withResponse();
  assert.equal(data.choices[0].message.content, 'Grüße 😀 "q"');
  assert.equal(data.choices[0].finish_reason, 'stop');
  assert.ok(data.usage.prompt_tokens > 0 && data.usage.completion_tokens > 0);
  assert.match(response.headers.get('x-request-id'), /^req_/);
  assert.equal(response.headers.get('x-llm-gateway-attempts'), '1');
});

await check('stream', async () => {
  const stream = await client.chat.completions.create({
    model: chatModel, messages: ask('!echo one two 😀 three'), stream: true, stream_options: { include_usage: true },
  });
  let text = '', usage = null, last = null;
  const finish = [];
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? '';
    if (chunk.choices[0]?.finish_reason) finish.push(chunk.choices[0].finish_reason);
    if (chunk.usage) usage = chunk.usage;
    last = chunk;
  }
  assert.equal(text, 'one two 😀 three');
  assert.deepEqual(finish, ['stop']);
  assert.deepEqual(last.choices, [], 'the usage chunk is the last');
  assert.ok(usage.completion_tokens > 3);
});

await check('stream without usage shows none', async () => {
  const stream = await client.chat.completions.create({ model: chatModel, messages: ask('hello'), stream: true });
  for await (const chunk of stream) {
    assert.equal(chunk.choices.length, 1);
    assert.ok(!('usage' in chunk), JSON.stringify(chunk));
  }
});

await check('tools run by the client\'s own helper', async () => {
  const seen = [];
  const tool = {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'Current weather of a city',
      parameters: {
        type: 'object', required: ['city'], additionalProperties: false,
        properties: { city: { type: 'string' } },
      },
      parse: JSON.parse,
      function: (args) => { seen.push(args); return 'sunny'; },
    },
  };
  for (const stream of [false, true]) {
    const runner = client.chat.completions.runTools({ model: chatModel, stream, messages: ask('What is the weather in Paris?'), tools: [tool] });
    assert.match(await runner.finalContent(), /sunny/);
  }
  assert.deepEqual(seen, [{ city: 'Paris' }, { city: 'Paris' }]);
});

await check('parallel tools by hand, whole and streamed, there and back', async () => {
  const toolOf = (name, description, properties) => ({
    type: 'function', function: { name, description, parameters: { type: 'object', properties, required: Object.keys(properties), additionalProperties: false } },
  });
  const tools = [toolOf('get_weather', 'Current weather of a city', { city: { type: 'string' } }), toolOf('get_time', 'Time of day in a zone', { zone: { type: 'string', enum: ['CET'] } })];
  const request = { model: chatModel, tools, messages: ask('What is the weather in Paris, and the time?') };

  const whole = async (more) => {
    const [choice] = (await client.chat.completions.create({ ...request, ...more })).choices;
    return [choice.message, choice.finish_reason];
  };
  const streamed = async (more) => {
    const message = { role: 'assistant', content: null };
    let finish = null;
    for await (const { choices: [choice] } of await client.chat.completions.create({ ...request, ...more, stream: true })) {
      if (choice.delta.content) message.content = (message.content ?? '') + choice.delta.content;
      for (const piece of choice.delta.tool_calls ?? []) {
        const call = ((message.tool_calls ??= [])[piece.index] ??= { id: '', type: 'function', function: { name: '', arguments: '' } });
        call.id += piece.id ?? '';
        call.function.name += piece.function?.name ?? '';
        call.function.arguments += piece.function?.arguments ?? '';
      }
      finish = choice.finish_reason ?? finish;
    }
    return [message, finish];
  };

  for (const send of [whole, streamed]) {
    const [called, finish] = await send({});
    assert.equal(finish, 'tool_calls');
    assert.deepEqual(called.tool_calls.map((c) => [c.function.name, JSON.parse(c.function.arguments)]), [['get_weather', { city: 'Paris' }], ['get_time', { zone: 'CET' }]]);
    assert.equal(new Set(called.tool_calls.map((c) => c.id)).size, 2);
    const results = called.tool_calls.map((c) => ({ role: 'tool', tool_call_id: c.id, content: `result of ${c.function.name}` }));
    const [answer, end] = await send({ messages: [...request.messages, called, ...results] });
    assert.equal(end, 'stop');
    assert.match(answer.content, /result of get_weather.*result of get_time/);
  }
});

if (!['anthropic', 'bedrock'].includes(dialect)) {
  await check('embeddings, base64 by default and floats', async () => {
    const input = ['first text', 'second text'];
    const packed = await client.embeddings.create({ model: embeddingModel, input });
    const plain = await client.embeddings.create({ model: embeddingModel, input, encoding_format: 'float' });
    assert.equal(packed.data.length, 2);
    assert.equal(packed.data[0].embedding.length, plain.data[0].embedding.length);
    packed.data[1].embedding.forEach((x, i) => assert.ok(Math.abs(x - plain.data[1].embedding[i]) < 1e-5));
  });

  await check('completions', async () => {
    const answer = await client.completions.create({ model: chatModel, prompt: '!echo a b c', max_tokens: 2 });
    assert.equal(answer.choices[0].text, 'a b');
    assert.equal(answer.choices[0].finish_reason, 'length');
  });
}

await check('errors', async () => {
  const rejects = (promise, type, status, code, param) => assert.rejects(promise, (e) => {
    assert.ok(e instanceof type, `${e}`);
    assert.deepEqual([e.status, e.code, e.param], [status, code, param]);
    return true;
  });
  await rejects(client.chat.completions.create({ model: 'nope', messages: ask('x') }), OpenAI.NotFoundError, 404, 'model_not_found', 'model');
  await rejects(client.chat.completions.create({ model: chatModel, messages: [] }), OpenAI.BadRequestError, 400, 'empty_array', 'messages');
  await rejects(client.chat.completions.create({ model: chatModel, messages: ask('x'), temperature: 3 }), OpenAI.BadRequestError, 400, 'decimal_above_max_value', 'temperature');
  await rejects(new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 }).models.list(), OpenAI.AuthenticationError, 401, 'invalid_api_key', null);
});

if (dialect === 'openai') {
  await check('what only the provider knows passes through', async () => {
    const answer = await client.chat.completions.create({ model: chatModel, messages: ask('!echo a b'), logprobs: true, top_logprobs: 2, n: 2, seed: 3 });
    assert.equal(answer.choices.length, 2);
    assert.equal(answer.choices[0].logprobs.content[0].top_logprobs.length, 2);
    assert.equal(answer.system_fingerprint, 'fp_simulator');
  });
}

if (dialect === 'anthropic') {
  await check('thinking, whole and streamed, goes back with its signature', async () => {
    const request = { model: 'sim-large', reasoning_effort: 'low', messages: ask('!echo done') };
    const { message } = (await client.chat.completions.create(request)).choices[0];
    assert.equal(message.content, 'done');
    assert.ok(message.reasoning_content.length > 10);
    assert.equal(message.thinking_blocks[0].thinking, message.reasoning_content);

    const streamed = { role: 'assistant', content: '', reasoning_content: '', thinking_blocks: [] };
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
      const { delta } = chunk.choices[0];
      streamed.content += delta.content ?? '';
      streamed.reasoning_content += delta.reasoning_content ?? '';
      streamed.thinking_blocks.push(...(delta.thinking_blocks ?? []));
    }
    assert.equal(streamed.content, 'done');
    assert.equal(streamed.reasoning_content, message.reasoning_content);
    assert.deepEqual(streamed.thinking_blocks, [{ index: 0, type: 'thinking', signature: message.thinking_blocks[0].signature }]);

    // The server refuses thoughts whose signature does not fit.
    for (const answer of [message, streamed]) {
      const next = await client.chat.completions.create({ ...request, messages: [...request.messages, answer, ...ask('!echo again')] });
      assert.equal(next.choices[0].message.content, 'again');
    }
  });

  await check('structured output', async () => {
    const schema = { type: 'object', properties: { seats: { type: 'integer', minimum: 1, maximum: 9 } }, required: ['seats'], additionalProperties: false };
    const answer = await client.chat.completions.create({
      model: chatModel, messages: ask('A table for 4'), response_format: { type: 'json_schema', json_schema: { name: 'table', schema } },
    });
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { seats: 4 });
  });

  await check('token limit', async () => {
    const answer = await client.chat.completions.create({ model: chatModel, messages: ask('!echo a b c'), max_completion_tokens: 2 });
    assert.equal(answer.choices[0].message.content, 'a b');
    assert.equal(answer.choices[0].finish_reason, 'length');
  });

  await check('what the API cannot do is refused', async () => {
    const refused = (promise, param) => assert.rejects(promise, (e) => e.status === 400 && e.code === 'unsupported_operation' && e.param === param);
    await refused(client.embeddings.create({ model: chatModel, input: 'x' }), 'model');
    await refused(client.completions.create({ model: chatModel, prompt: 'x' }), 'model');
    await refused(client.chat.completions.create({ model: chatModel, messages: ask('x'), temperature: 1.5 }), 'temperature');
    await refused(client.chat.completions.create({ model: chatModel, messages: ask('x'), n: 2 }), 'n');
  });
}

console.log(`${passed} checks passed`);
