// npm install openai
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "http://localhost:8080/v1",
  apiKey: process.env.LLM_GATEWAY_KEY,
});

const batch = await client.batches.retrieve("batch_019358c2d1f07c2e8a54b0d9a1c3e5f7");
console.log(batch.status, batch.request_counts);
if (batch.output_file_id) {
  console.log(await (await client.files.content(batch.output_file_id)).text());
}
