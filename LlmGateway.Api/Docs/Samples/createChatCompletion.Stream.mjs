// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const stream = await client.chat.completions.create({
  model: "llama3.2:1b",
  messages: [{ role: "user", content: "Write a haiku about gateways." }],
  stream: true,
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
}
console.log();
