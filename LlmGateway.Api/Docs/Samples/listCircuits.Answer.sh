curl http://localhost:8080/admin/circuits \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
