// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const answer = await client.chat.completions.create({
  model: "llama3.2:1b",
  messages: [{ role: "user", content: "Why is the sky blue?" }],
});
console.log(answer.choices[0].message.content);
