curl "http://localhost:8080/v1/chat/jobs?status=running&limit=20" \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
