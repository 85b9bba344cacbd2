// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const model = await client.models.retrieve("llama3.2:1b");
console.log(model.owned_by);
