curl http://localhost:8080/v1/batches/batch_019358c2d1f07c2e8a54b0d9a1c3e5f7 \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
