// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const batch = await client.batches.cancel("batch_019358c2d1f07c2e8a54b0d9a1c3e5f7");
console.log(batch.status);
