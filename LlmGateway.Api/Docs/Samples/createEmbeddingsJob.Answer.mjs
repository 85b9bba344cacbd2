// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const job = await client.post("/embeddings/jobs", {
  body: {
    model: "nomic-embed-text",
    input: ["The quick brown fox"],
    priority: "high",
  },
  headers: { "Idempotency-Key": "vectors-42" },
});
console.log(job.id, job.status);
