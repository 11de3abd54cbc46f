using System.Net;
using System.Text.Json;
using ReasonIR.Hosting.Networking;
using ReasonIR.Hosting.Processes;
using ReasonIR.Testing;

namespace ReasonIR.Deploy.Tests;

/// <summary>Each service started by itself, as another orchestrator would.</summary>
public sealed class ServicesTests(Published published, PostgresFixture postgres)
{
    const string Key = "a-key-for-this-test";

    static readonly string[] Names = ["synthesis", "trainer", "encoder", "search", "portal"];

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_run_the_loop_outside_the_repository_as_an_ordinary_user()
    {
        var output = new LogTail(400);
        var addresses = Names.ToDictionary(name => name, _ => $"http://127.0.0.1:{FreePort.Next()}");
        var variables = addresses.ToDictionary(a => $"services__{a.Key}__http__0", a => a.Value);
        variables["ConnectionStrings__reasonir"] = await postgres.CreateDatabaseAsync(Cancellation);
        variables["REASONIR_ARTIFACTS"] = published.Folder("artifacts");
        variables["REASONIR_API_KEY"] = Key;

        await using (var migrations = await published.StartAsync("ReasonIR.Migrations", variables, output))
            Assert.True(await migrations.Exited.WaitAsync(Cancellation) == 0, output.ToString());

        var running = new List<ChildProcess>();
        try
        {
            foreach (var (name, address) in addresses)
                running.Add(await published.StartAsync(
                    $"ReasonIR.{char.ToUpperInvariant(name[0])}{name[1..]}", new Dictionary<string, string>(variables) { ["ASPNETCORE_URLS"] = address }, output));
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AutomaticDecompression = DecompressionMethods.All });
            foreach (var (name, address) in addresses)
                await HealthyAsync(client, name, address, running, output);
            if (published.User is { } user)
                foreach (var service in running)
                    Assert.Contains($"Uid:\t{user.UserId}\t", await File.ReadAllTextAsync($"/proc/{service.Id}/status", Cancellation));

            await PortalAsync(client, addresses["portal"]);
            await LoopAsync(addresses["portal"], output);
        }
        finally
        {
            await Task.WhenAll(running.Select(service => service.StopAsync(Signals.Terminate, TimeSpan.FromSeconds(5))));
            foreach (var service in running)
                await service.DisposeAsync();
        }
    }

    static async Task HealthyAsync(HttpClient client, string name, string address, List<ChildProcess> running, LogTail output)
    {
        for (var tries = 0; tries < 300; tries++)
        {
            Assert.DoesNotContain(running, service => service.Exited.IsCompleted);
            try
            {
                if ((await client.GetAsync(address + "/health", Cancellation)).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(100, Cancellation);
        }
        Assert.Fail($"{name} is not healthy:\n{output}");
    }

    /// <summary>The key is asked for; with it come the page and what the page needs to live.</summary>
    static async Task PortalAsync(HttpClient client, string portal)
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(portal, Cancellation)).StatusCode);
        client.DefaultRequestHeaders.Add("X-Api-Key", Key);
        var page = await client.GetStringAsync(portal, Cancellation);
        Assert.Contains("_framework/blazor.web", page);
        foreach (var asset in new[] { "/_framework/blazor.web.js", "/_content/Radzen.Blazor/Radzen.Blazor.js" })
            Assert.True((await client.GetByteArrayAsync(portal + asset, Cancellation)).Length > 10_000, asset);
    }

    /// <summary>Every service takes its part, and hands its models and files to the next over the shared folder.</summary>
    async Task LoopAsync(string portal, LogTail output)
    {
        var corpus = SmallCorpus.Write(published.Folder("corpus"));
        var result = Path.Combine(published.Folder("results"), "loop.json");
        await using var cli = await published.StartAsync(
            "ReasonIR.Cli", new Dictionary<string, string> { ["REASONIR_API_KEY"] = Key }, output,
            "loop", corpus, "--server", portal, "--train-seconds", "3", "--json", result);
        var code = await cli.Exited.WaitAsync(TimeSpan.FromMinutes(5), Cancellation);
        await cli.DrainAsync();
        Assert.True(code == 0, output.ToString());
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(result, Cancellation));
        var systems = document.RootElement.GetProperty("systems").EnumerateArray().Select(s => s.GetProperty("name").GetString()).Order();
        Assert.Equal(["bm25", "dense", "dense-before", "hybrid"], systems);
        Assert.All(document.RootElement.GetProperty("systems").EnumerateArray(), s => Assert.True(s.GetProperty("measures").GetProperty("ndcg_cut_10").GetDouble() > 0));
    }
}
