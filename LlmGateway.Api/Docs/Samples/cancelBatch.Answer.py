# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

batch = client.batches.cancel("batch_019358c2d1f07c2e8a54b0d9a1c3e5f7")
print(batch.status)
