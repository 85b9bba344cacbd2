// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const job = await client.delete("/embeddings/jobs/job_0197c1f2a4b37c55a1e2d3c4b5a69788");
console.log(job.status, job.cancelRequested);
