curl http://localhost:8080/admin/queue/stats \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
