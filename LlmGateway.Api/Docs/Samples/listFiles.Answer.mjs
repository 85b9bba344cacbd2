// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

for await (const file of client.files.list({ purpose: "batch" })) {
  console.log(file.id, file.filename, file.bytes);
}
