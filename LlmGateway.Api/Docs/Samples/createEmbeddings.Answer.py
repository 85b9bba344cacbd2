# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

answer = client.embeddings.create(
    model="nomic-embed-text",
    input=["The quick brown fox", "jumps over the lazy dog"],
)
print(len(answer.data), "vectors of", len(answer.data[0].embedding))
