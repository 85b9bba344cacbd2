using System.ComponentModel;
using System.Diagnostics;

namespace LlmGateway.AppHost.Tests.Support;

/// <summary>A test that starts containers: skipped where no Docker engine answers.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DockerFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> Answers = new(Ask);

    public DockerFactAttribute()
    {
        if (!Answers.Value)
        {
            Skip = "No Docker engine answers `docker info`.";
        }
    }

    private static bool Ask()
    {
        try
        {
            using var docker = Process.Start(new ProcessStartInfo("docker", "info")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            if (docker is null)
            {
                return false;
            }

            docker.OutputDataReceived += static (_, _) => { };
            docker.ErrorDataReceived += static (_, _) => { };
            docker.BeginOutputReadLine();
            docker.BeginErrorReadLine();
            if (docker.WaitForExit(TimeSpan.FromSeconds(30)))
            {
                return docker.ExitCode == 0;
            }

            docker.Kill();
            return false;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
