#:package OpenAI@2.*
using System.ClientModel;
using OpenAI;
using OpenAI.Files;

var client = new OpenAIFileClient(
    new ApiKeyCredential(Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri("http://localhost:8080/v1") });

FileDeletionResult result = await client.DeleteFileAsync("file-019aa7c3d2b47f6e8a1b5c0d9e2f4a61");
Console.WriteLine(result.Deleted);
