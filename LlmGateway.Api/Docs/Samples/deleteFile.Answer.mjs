// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const answer = await client.files.delete("file-019aa7c3d2b47f6e8a1b5c0d9e2f4a61");
console.log(answer.deleted);
