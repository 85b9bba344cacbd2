curl http://localhost:8080/query \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Content-Type: application/json" \
  -d '{"prompt":"Explain quantum computing in simple terms","temperature":0.7,"max_tokens":500}'
