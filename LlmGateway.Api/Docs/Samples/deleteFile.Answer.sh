curl -X DELETE http://localhost:8080/v1/files/file-019aa7c3d2b47f6e8a1b5c0d9e2f4a61 \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
