// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const answer = await client.completions.create({
  model: "llama3.2:1b",
  prompt: "Once upon a time",
  max_tokens: 40,
});
console.log(answer.choices[0].text);
