using LlmGateway.ServiceDefaults.Hosting;

namespace LlmGateway.ServiceDefaults.Tests.Hosting;

public class CommandLineTests
{
    private static readonly CommandLine Line = new("Program", ("db COMMAND", "look after the database"));

    [Theory]
    [InlineData("--help", "usage: Program")]
    [InlineData("-h", "db COMMAND")]
    [InlineData("--version", "Program ")]
    public void WhatIsAsked_IsAnswered(string argument, string expected)
    {
        var (code, output, errors) = Answer(argument);
        Assert.Equal(0, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("unknown argument '--port'; did you mean --urls", "--port", "9000")]
    [InlineData("unknown argument 'serve'", "serve")]
    [InlineData("unknown argument '--Sever:MaxJsonDepth=3'; did you mean --Server?", "--Sever:MaxJsonDepth=3")]
    [InlineData("unknown argument 'extra'", "--urls", "http://127.0.0.1:0", "extra")]
    public void WhatNobodyUnderstands_IsRefused(string expected, params string[] args)
    {
        var (code, _, errors) = Answer(args);
        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--urls", "http://127.0.0.1:0")]
    [InlineData("--Server:MaxJsonDepth=3", "--environment=Development")]
    [InlineData("--Logging:LogLevel:Default", "Debug")]
    [InlineData("/urls", "http://127.0.0.1:0")]
    public void Settings_ArePassedOn(params string[] args) => Assert.Null(Answer(args).Code);

    [Fact]
    public void NoArguments_AreFine() => Assert.Null(Answer().Code);

    private static (int? Code, string Output, string Errors) Answer(params string[] args)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = Line.Answer(args, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
