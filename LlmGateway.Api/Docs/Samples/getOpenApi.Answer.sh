curl http://localhost:8080/openapi.json
