global using LlmGateway.TestSupport;
