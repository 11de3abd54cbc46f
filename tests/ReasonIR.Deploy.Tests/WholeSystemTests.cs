using System.Diagnostics;
using System.Text.Json;
using ReasonIR.Hosting.Processes;
using ReasonIR.Hosting.Running;

namespace ReasonIR.Deploy.Tests;

/// <summary>The published AppHost with the published services beside it and a private database.</summary>
public sealed class WholeSystemTests(Published published)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_starts_and_stops_as_an_ordinary_user()
    {
        var output = new LogTail(200);
        var data = Path.Combine(published.Folder("system"), "data");
        await using var host = await published.StartAsync("ReasonIR.AppHost", new Dictionary<string, string> { ["REASONIR_DATA"] = data }, output, "--port", "0");
        var clock = Stopwatch.StartNew();
        PortalFile? portal;
        while ((portal = PortalFile.TryRead(data)) is null)
        {
            Assert.True(!host.Exited.IsCompleted && clock.Elapsed < TimeSpan.FromSeconds(60), output.ToString());
            await Task.Delay(100, Cancellation);
        }
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.Contains("ReasonIR", await client.GetStringAsync(portal.Url, Cancellation));
        Assert.Contains("postgres", await client.GetStringAsync(portal.ResourcesUrl + "/resources", Cancellation));
        var front = JsonDocument.Parse(await client.GetStringAsync(portal.ResourcesUrl + "/resources/portal", Cancellation)).RootElement.GetProperty("pid").GetInt32();
        Assert.Contains($"REASONIR_SAMPLES={published.Root}/programs/samples\0", await File.ReadAllTextAsync($"/proc/{front}/environ", Cancellation));
        Assert.NotEmpty(Directory.GetDirectories(Path.Combine(published.Root, "programs", "samples")));
        clock.Restart();
        host.Signal(Signals.Terminate);
        Assert.Equal(0, await host.Exited.WaitAsync(Cancellation));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"stopping took {clock.Elapsed}");
    }
}
