using System.Diagnostics;
using ReasonIR.Hosting.Processes;

namespace ReasonIR.Hosting.Tests.Processes;

public sealed class ChildProcessTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_child_outlives_the_thread_that_asked_for_it()
    {
        // The kernel's death signal follows the forking thread: started right here, the child would die with this one.
        ChildProcess? child = null;
        var thread = new Thread(() => child = ChildProcess.StartAsync(new ChildProcessOptions("sleep") { Arguments = ["30"] }).GetAwaiter().GetResult());
        thread.Start();
        thread.Join();
        await using (child)
        {
            await Task.Delay(1500, Cancellation);
            Assert.False(child!.Exited.IsCompleted);
        }
        Assert.Equal(137, await child.Exited);
    }

    [Fact]
    public async Task Its_number_is_the_commands_own_and_its_session_another()
    {
        await using var child = await ChildProcess.StartAsync(new ChildProcessOptions("sleep") { Arguments = ["30"] });
        string[] line = [];
        for (var tries = 0; tries < 100 && line is not ["sleep", ..]; tries++)
        {
            line = (await File.ReadAllTextAsync($"/proc/{child.Id}/cmdline", Cancellation)).Split('\0');
            await Task.Delay(20, Cancellation);
        }
        Assert.Equal("sleep", line[0]);
        // pid (comm) state ppid pgrp session: Ctrl-C in the terminal does not reach it.
        var fields = (await File.ReadAllTextAsync($"/proc/{child.Id}/stat", Cancellation)).Split(' ');
        Assert.Equal($"{child.Id}", fields[5]);
    }

    [Fact]
    public async Task Output_is_read_by_lines_of_bounded_length()
    {
        var lines = new List<string>();
        await using var child = await ChildProcess.StartAsync(new ChildProcessOptions("/bin/sh")
        {
            Arguments = ["-c", "echo one; head -c 40000 /dev/zero | tr '\\0' x; printf '\\nlast'"],
            OnLine = (line, _) => { lock (lines) lines.Add(line); },
        });
        Assert.Equal(0, await child.Exited.WaitAsync(Cancellation));
        await child.DrainAsync();
        Assert.Equal([3, Lines.MaxLength, Lines.MaxLength, 40000 - 2 * Lines.MaxLength, 4], lines.Select(l => l.Length));
    }

    [Fact]
    public async Task What_ignores_the_signal_is_killed_after_the_grace()
    {
        await using var child = await ChildProcess.StartAsync(new ChildProcessOptions("/bin/sh") { Arguments = ["-c", "trap '' TERM; while true; do sleep 0.1; done"] });
        await Task.Delay(200, Cancellation);
        var clock = Stopwatch.StartNew();
        await child.StopAsync(Signals.Terminate, TimeSpan.FromSeconds(0.5));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.4, 3);
        Assert.Equal(137, await child.Exited);
    }
}
