namespace LlmGateway.Core.Protocol;

/// <summary>What a request asks for; one per OpenAI endpoint that reaches a model.</summary>
public enum Operation
{
    /// <summary><c>POST /v1/chat/completions</c></summary>
    Chat,

    /// <summary><c>POST /v1/completions</c></summary>
    Completion,

    /// <summary><c>POST /v1/embeddings</c></summary>
    Embeddings,
}
