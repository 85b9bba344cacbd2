# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

answer = client.chat.completions.create(
    model="llama3.2:1b",
    messages=[{"role": "user", "content": "Why is the sky blue?"}],
)
print(answer.choices[0].message.content)
