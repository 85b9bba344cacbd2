# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

file = client.files.create(file=open("requests.jsonl", "rb"), purpose="batch")
print(file.id)
