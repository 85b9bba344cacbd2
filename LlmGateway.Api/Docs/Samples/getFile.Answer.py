# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

print(client.files.retrieve("file-019aa7c3d2b47f6e8a1b5c0d9e2f4a61").bytes)
