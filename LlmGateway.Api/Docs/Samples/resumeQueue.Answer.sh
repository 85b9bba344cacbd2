curl -X POST http://localhost:8080/admin/queue/chat/resume \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
