// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const answer = await client.embeddings.create({
  model: "nomic-embed-text",
  input: ["The quick brown fox", "jumps over the lazy dog"],
});
console.log(`${answer.data.length} vectors of ${answer.data[0].embedding.length}`);
