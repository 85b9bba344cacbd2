// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

for await (const batch of client.batches.list({ limit: 10 })) {
  console.log(batch.id, batch.status);
}
