curl http://localhost:8080/admin/queue/chat/clear \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Content-Type: application/json" \
  -d '{"confirm":"chat"}'
