// npm install openai
import { createReadStream } from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const file = await client.files.create({
  file: createReadStream("requests.jsonl"),
  purpose: "batch",
});
console.log(file.id);
