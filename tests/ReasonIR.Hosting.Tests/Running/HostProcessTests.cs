using System.Diagnostics;
using ReasonIR.Hosting.Processes;
using ReasonIR.Hosting.Running;

namespace ReasonIR.Hosting.Tests.Running;

/// <summary>What a user does to a host from outside.</summary>
public sealed class HostProcessTests : IDisposable
{
    readonly ScratchFolder scratch = new();

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    string Data => scratch.Below("data");

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task Kill_9_of_the_host_leaves_no_process_and_no_lock()
    {
        int[] children;
        await using (var host = await HostProcess.StartAsync(Data, "--postgres", "true"))
        {
            children = [.. (await host.ResourcesAsync(Cancellation)).Select(r => r.Pid).OfType<int>()];
            Assert.Equal(3, children.Length); // postgres, back, front
            Assert.All(children, child => Assert.True(HostProcess.IsAlive(child)));
            host.Process.Signal(Signals.Kill);
            await host.Process.Exited;
        }
        var clock = Stopwatch.StartNew();
        while (children.Any(HostProcess.IsAlive) && clock.Elapsed < TimeSpan.FromSeconds(5))
            await Task.Delay(50, Cancellation);
        Assert.DoesNotContain(children, HostProcess.IsAlive);
        Assert.True(File.Exists(PortalFile.PathIn(Data)), "a killed host cannot remove its file");

        await using var next = await HostProcess.StartAsync(Data, "--postgres", "true");
        Assert.Equal(next.Process.Id, (await next.ReadyAsync(Cancellation)).Pid);
    }

    [Theory]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.Terminate)]
    public async Task A_signal_stops_the_front_before_what_it_refers_to(int signal)
    {
        var log = scratch.Below("stops");
        await using var host = await HostProcess.StartAsync(Data, "--postgres", "true", "--stop-log", log);
        var resources = await host.ResourcesAsync(Cancellation);
        var clock = Stopwatch.StartNew();
        host.Process.Signal(signal);
        Assert.Equal(0, await host.Process.Exited.WaitAsync(Cancellation));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"stopping took {clock.Elapsed}");
        var expected = new[] { "front", "back" }.Select(name => resources.Single(r => r.Name == name).Url!.Split(':')[^1]);
        Assert.Equal(expected, await File.ReadAllLinesAsync(log, Cancellation));
        Assert.All(resources.Select(r => r.Pid).OfType<int>(), child => Assert.False(HostProcess.IsAlive(child)));
        Assert.False(File.Exists(PortalFile.PathIn(Data)));
        Assert.False(File.Exists(Path.Combine(Data, "postgres", "cluster", "postmaster.pid")), "the database was not shut down");
    }

    [Fact]
    public async Task What_does_not_listen_is_killed_within_the_five_seconds()
    {
        await using var host = await HostProcess.StartAsync(Data, "--stubborn", "true");
        var resources = await host.ResourcesAsync(Cancellation);
        var clock = Stopwatch.StartNew();
        host.Process.Signal(Signals.Interrupt);
        await host.Process.Exited.WaitAsync(Cancellation);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"stopping took {clock.Elapsed}");
        Assert.All(resources.Select(r => r.Pid).OfType<int>(), child => Assert.False(HostProcess.IsAlive(child)));
    }

    [Fact]
    public async Task A_second_start_says_where_the_first_runs()
    {
        await using var host = await HostProcess.StartAsync(Data);
        var portal = await host.ReadyAsync(Cancellation);
        await using var second = await HostProcess.StartAsync(Data);
        Assert.Equal(1, await second.Process.Exited.WaitAsync(Cancellation));
        await second.Process.DrainAsync();
        Assert.Contains($"already running on {Data}: {portal.Url}, process {host.Process.Id}", second.Output.ToString());
        Assert.Equal("well", await HostProcess.GetAsync(portal.Url + "/health", Cancellation));
        Assert.NotNull(PortalFile.TryRead(Data));
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        await using var host = await HostProcess.StartAsync(Data);
        var port = new Uri((await host.ReadyAsync(Cancellation)).Url).Port;
        await using var second = await HostProcess.StartAsync(scratch.Below("other"), "--port", $"{port}");
        Assert.Equal(1, await second.Process.Exited.WaitAsync(Cancellation));
        await second.Process.DrainAsync();
        Assert.Contains($"Port {port}, where front should listen, is in use", second.Output.ToString());
    }

    [Fact]
    public async Task A_job_that_fails_ends_the_system_with_its_last_words()
    {
        await using var host = await HostProcess.StartAsync(Data, "--job", "echo the schema is newer; exit 4");
        Assert.Equal(1, await host.Process.Exited.WaitAsync(Cancellation));
        await host.Process.DrainAsync();
        Assert.Contains("job: ended with code 4", host.Output.ToString());
        Assert.Contains("the schema is newer", host.Output.ToString());
        Assert.DoesNotContain("listening on", host.Output.ToString());
    }

    [Fact]
    public async Task A_job_runs_once_before_those_who_wait_for_it()
    {
        var marks = scratch.Below("marks");
        await using var host = await HostProcess.StartAsync(Data, "--job", $"echo done >> {marks}");
        var job = (await host.ResourcesAsync(Cancellation)).Single(r => r.Name == "job");
        Assert.Equal(ResourceState.Finished, job.State);
        Assert.Equal(0, job.ExitCode);
        Assert.Equal(0, job.Restarts);
        Assert.Equal("done\n", await File.ReadAllTextAsync(marks, Cancellation));
    }

    [Fact]
    public async Task The_end_of_its_input_stops_a_private_host()
    {
        // ChildProcess gives an empty standard input.
        await using var host = await HostProcess.StartAsync(Data, "--stop-on-eof", "true");
        Assert.Equal(0, await host.Process.Exited.WaitAsync(TimeSpan.FromSeconds(10), Cancellation));
    }

    [Fact]
    public async Task A_service_that_is_killed_comes_back_at_the_same_address()
    {
        await using var host = await HostProcess.StartAsync(Data);
        var before = (await host.ResourcesAsync(Cancellation)).Single(r => r.Name == "back");
        Assert.True(Signals.Send(before.Pid!.Value, Signals.Kill));
        for (var tries = 0; tries < 100; tries++)
        {
            var now = (await host.ResourcesAsync(Cancellation)).Single(r => r.Name == "back");
            if (now is { Restarts: 1, Healthy: true })
            {
                Assert.Equal(before.Url, now.Url);
                Assert.NotEqual(before.Pid, now.Pid);
                Assert.Contains(now.Log, line => line.StartsWith("listening on", StringComparison.Ordinal));
                return;
            }
            await Task.Delay(100, Cancellation);
        }
        Assert.Fail($"not back:\n{host.Output}");
    }

    [Fact]
    public async Task The_resource_page_shows_every_resource_and_only_to_this_machine()
    {
        await using var host = await HostProcess.StartAsync(Data);
        var portal = await host.ReadyAsync(Cancellation);
        var html = await HostProcess.GetAsync(portal.ResourcesUrl!, Cancellation);
        Assert.Contains("<b>back</b>", html);
        Assert.Contains("<b>front</b>", html);
        Assert.Contains("listening on", await HostProcess.GetAsync(portal.ResourcesUrl + "/resources/back", Cancellation));
        using var stranger = new HttpClient { DefaultRequestHeaders = { Host = "evil.example" } };
        Assert.False((await stranger.GetAsync(portal.ResourcesUrl, Cancellation)).IsSuccessStatusCode);
    }
}
