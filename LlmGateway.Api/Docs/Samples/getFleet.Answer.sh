curl http://localhost:8080/admin/fleet \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
