curl http://localhost:8080/v1/batches \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Content-Type: application/json" \
  -d '{"input_file_id": "file-019358c2a0b47d1fb2c3d4e5f6a7b8c9", "endpoint": "/v1/chat/completions", "completion_window": "24h"}'
