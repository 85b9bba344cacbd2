#:package OpenAI@2.*
using System.ClientModel;
using OpenAI;
using OpenAI.Files;

var client = new OpenAIFileClient(
    new ApiKeyCredential(Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri("http://localhost:8080/v1") });

OpenAIFile file = await client.UploadFileAsync("requests.jsonl", FileUploadPurpose.Batch);
Console.WriteLine(file.Id);
