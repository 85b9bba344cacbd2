# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

print(client.models.retrieve("llama3.2:1b").owned_by)
