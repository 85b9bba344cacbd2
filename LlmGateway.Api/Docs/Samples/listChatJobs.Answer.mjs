// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const page = await client.get("/chat/jobs?status=running&limit=20");
for (const job of page.data) {
  console.log(job.id, job.progress);
}
