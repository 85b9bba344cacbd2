# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

answer = client.completions.create(model="llama3.2:1b", prompt="Once upon a time", max_tokens=40)
print(answer.choices[0].text)
