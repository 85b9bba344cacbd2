curl http://localhost:8080/v1/completions \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Content-Type: application/json" \
  -d '{"model": "llama3.2:1b", "prompt": "Once upon a time", "max_tokens": 40}'
