global using LlmGateway.Api.Tests.Support;
global using LlmGateway.TestSupport;
