curl http://localhost:8080/v1/chat/jobs/job_0197c1f2a4b37c55a1e2d3c4b5a69788 \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
