using System.Text.Json;

namespace LlmGateway.Api.Tests.Support;

/// <summary>What holds for every error the gateway answers with.</summary>
internal static class ErrorAssert
{
    public static async Task<JsonElement> IsAsync(HttpResponseMessage response, int status, string code, string? param = null)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} instead of {status}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(response.Content.Headers.ContentLength, System.Text.Encoding.UTF8.GetByteCount(text));
        Assert.Single(response.Headers.GetValues("x-request-id"));
        return Check(text, code, param);
    }

    public static JsonElement Is(RawResponse response, int status, string code, string? param = null)
    {
        Assert.True(status == response.Status, $"{response.Status} instead of {status}: {response.Body}");
        Assert.Equal("application/json", response["Content-Type"]);
        Assert.NotNull(response["x-request-id"]);
        Assert.True(response.IsComplete);
        return Check(response.Body, code, param);
    }

    private static JsonElement Check(string text, string code, string? param)
    {
        OpenAISchemas.AssertValid("ErrorResponse", text);
        var error = Json.Parse(text).GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(param, error.GetProperty("param").GetString());
        var message = error.GetProperty("message").GetString();
        Assert.False(string.IsNullOrWhiteSpace(message));
        Assert.DoesNotContain(" at LlmGateway", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", message, StringComparison.Ordinal);
        Assert.DoesNotContain(TestGateway.Key, message, StringComparison.Ordinal);
        return error;
    }
}
