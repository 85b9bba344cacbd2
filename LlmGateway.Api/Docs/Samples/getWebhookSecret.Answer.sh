curl http://localhost:8080/v1/webhooks/secret \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
