# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

for file in client.files.list(purpose="batch"):
    print(file.id, file.filename, file.bytes)
