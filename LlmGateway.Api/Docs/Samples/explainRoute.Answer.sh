curl http://localhost:8080/admin/routing/explain \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Content-Type: application/json" \
  -d '{"model":"auto","messages":[{"role":"user","content":"Why is the sky blue?"}]}'
