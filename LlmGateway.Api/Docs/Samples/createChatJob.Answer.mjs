// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const job = await client.post("/chat/jobs", {
  body: {
    model: "llama3.2:1b",
    messages: [{ role: "user", content: "Summarise the minutes." }],
    priority: "high",
  },
  headers: { "Idempotency-Key": "order-42" },
});
console.log(job.id, job.status);
