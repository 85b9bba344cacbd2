curl http://localhost:8080/admin/circuits/reset \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Content-Type: application/json" \
  -d '{"provider":"ollama"}'
