using System.Diagnostics;
using System.Reflection;
using Xunit;

namespace ReasonIR.Testing.Services;

/// <summary>A service as a process of its own, so that it can be killed.</summary>
public sealed class ServiceProcess : IDisposable
{
    readonly Process process;
    readonly Queue<string> output = [];

    ServiceProcess(Process process) => this.process = process;

    /// <param name="assembly">The service's assembly, which the test project references.</param>
    /// <param name="settings">Configuration keys, given as environment variables.</param>
    public static ServiceProcess Start(string assembly, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Assembly.Load(assembly).Location, "--urls", "http://127.0.0.1:0" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
            start.Environment[name.Replace(":", "__")] = value;
        var service = new ServiceProcess(new Process { StartInfo = start });
        service.process.OutputDataReceived += (_, line) => service.Keep(line.Data);
        service.process.ErrorDataReceived += (_, line) => service.Keep(line.Data);
        service.process.Start();
        service.process.BeginOutputReadLine();
        service.process.BeginErrorReadLine();
        return service;
    }

    /// <summary>Its last lines, for messages.</summary>
    public string Output
    {
        get { lock (output) return string.Join('\n', output); }
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Waits for something that the service brings about.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition, CancellationToken token)
    {
        var limit = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.False(process.HasExited, Output);
            Assert.True(limit.Elapsed < Patience.Process, $"It did not come to pass in {Patience.Process}.\n{Output}");
            await Task.Delay(10, token);
        }
    }

    /// <summary>SIGKILL: it gets no chance to save anything.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }

    void Keep(string? line)
    {
        lock (output)
        {
            if (line is not null)
                output.Enqueue(line);
            if (output.Count > 50)
                output.Dequeue();
        }
    }
}
