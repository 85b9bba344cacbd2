curl http://localhost:8080/health/detailed \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
