using System.ComponentModel;
using System.Diagnostics;

namespace ReasonIR.Hosting.Processes;

/// <summary>
/// A child that cannot outlive this process: it is started in its own session (Ctrl-C in the terminal reaches only the
/// host, which then stops its children in order) and under <c>setpriv --pdeathsig</c>. setsid and setpriv replace
/// themselves by the command, so <see cref="Id"/> is the command's own.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    readonly Process process;
    readonly TaskCompletionSource<int> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Task output;

    ChildProcess(Process process, Action<string, bool>? onLine)
    {
        this.process = process;
        Id = process.Id;
        process.Exited += (_, _) => exited.TrySetResult(process.ExitCode);
        process.EnableRaisingEvents = true; // raises Exited even where it has already happened
        output = Task.WhenAll(
            Lines.PumpAsync(process.StandardOutput, line => onLine?.Invoke(line, false)),
            Lines.PumpAsync(process.StandardError, line => onLine?.Invoke(line, true)));
    }

    public int Id { get; }

    /// <summary>Completes with the exit code (128 + signal where one ended it) and never fails.</summary>
    public Task<int> Exited => exited.Task;

    /// <exception cref="Win32Exception">The file is missing or may not be executed.</exception>
    public static async Task<ChildProcess> StartAsync(ChildProcessOptions options)
    {
        var command = Wrap(options);
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = options.WorkingDirectory ?? "",
        };
        foreach (var argument in command[1..])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in options.Environment)
        {
            if (value is null)
                start.Environment.Remove(name);
            else
                start.Environment[name] = value;
        }
        var process = await ChildThread.RunAsync(() => Process.Start(start)!);
        process.StandardInput.Close();
        return new ChildProcess(process, options.OnLine);
    }

    /// <summary>Sends a signal; false where the process is already gone.</summary>
    public bool Signal(int signal) => !Exited.IsCompleted && Signals.Send(Id, signal);

    /// <summary>Sends the signal, waits for the end, and kills what has not ended after <paramref name="grace"/>.</summary>
    public async Task StopAsync(int signal, TimeSpan grace)
    {
        Signal(signal);
        if (await Task.WhenAny(Exited, Task.Delay(grace)) != Exited)
            Signal(Signals.Kill);
        await Exited;
    }

    /// <summary>Waits until the output is read to its end, at most a moment: a grandchild may hold the pipe open.</summary>
    public Task DrainAsync() => Task.WhenAny(output, Task.Delay(TimeSpan.FromMilliseconds(200)));

    public async ValueTask DisposeAsync()
    {
        await StopAsync(Signals.Kill, TimeSpan.Zero);
        await DrainAsync();
        process.Dispose();
    }

    static List<string> Wrap(ChildProcessOptions options)
    {
        var command = new List<string>();
        if (Tools.Find("setsid") is { } setsid)
            command.Add(setsid);
        var setpriv = Tools.Find("setpriv");
        if (setpriv is not null)
            command.AddRange([setpriv, "--pdeathsig", options.DeathSignal]);
        if (options.User is { } user)
        {
            if (setpriv is null)
                throw new FileNotFoundException($"setpriv (package util-linux) is needed to run {options.FileName} as {user.Name}.");
            command.AddRange([$"--reuid={user.UserId}", $"--regid={user.GroupId}", "--clear-groups"]);
        }
        if (setpriv is not null)
            command.Add("--");
        // The wrappers would report a missing file only by their exit code.
        if (options.FileName.Contains('/') && !File.Exists(options.FileName))
            throw new FileNotFoundException($"{options.FileName}: no such file to start.");
        return [.. command, options.FileName, .. options.Arguments];
    }
}
