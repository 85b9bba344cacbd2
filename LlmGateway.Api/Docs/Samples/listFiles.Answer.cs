#:package OpenAI@2.*
using System.ClientModel;
using OpenAI;
using OpenAI.Files;

var client = new OpenAIFileClient(
    new ApiKeyCredential(Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri("http://localhost:8080/v1") });

OpenAIFileCollection files = await client.GetFilesAsync();
foreach (OpenAIFile file in files)
{
    Console.WriteLine($"{file.Id} {file.Filename}");
}
