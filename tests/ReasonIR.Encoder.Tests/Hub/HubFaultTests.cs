using ReasonIR.ServiceDefaults.Hub;
using ReasonIR.Testing.Hub;

namespace ReasonIR.Encoder.Tests.Hub;

/// <summary>Pulls over a bad line: dropped, silent and altered answers.</summary>
public sealed class HubFaultTests : HubPulls
{
    [Fact]
    public async Task A_dropped_connection_is_gone_on_from_where_it_broke()
    {
        Server.Repositories["org/model"] = Model();
        Server.Fail("model.safetensors", new HubFault.Dropped(120_000), new HubFault.Busy(), new HubFault.Broken(), new HubFault.Dropped(30_000));
        var target = await PullAsync("org/model");
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(target, "model.safetensors"), Token));
        var ranges = Server.Requests.Where(IsWeights).Select(request => request.Range).ToList();
        Assert.Equal([null, "bytes=120000-", "bytes=120000-", "bytes=120000-", "bytes=150000-"], ranges);
    }

    [Fact]
    public async Task A_pull_goes_on_from_what_a_killed_one_left()
    {
        Server.Repositories["org/model"] = Model();
        Server.Fail("model.safetensors", new HubFault.Dropped(70_000), new HubFault.Broken());
        await Assert.ThrowsAsync<HubException>(() => PullAsync("org/model", options => options.Attempts = 1));
        await PullAsync("org/model");
        Assert.Contains(Server.Requests, request => request.Range == "bytes=70000-");
        Assert.Single(Server.Requests, request => request.Path.EndsWith("resolve/" + Commit + "/tokenizer.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_sends_the_whole_again()
    {
        Server.Repositories["org/model"] = Model();
        Server.Fail("model.safetensors", new HubFault.Dropped(70_000), new HubFault.WithoutRange());
        var target = await PullAsync("org/model");
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(target, "model.safetensors"), Token));
    }

    [Fact]
    public async Task A_silent_server_is_given_up_and_asked_again()
    {
        Server.Repositories["org/model"] = Model();
        Server.Fail("model.safetensors", new HubFault.Silent());
        await PullAsync("org/model", options => options.Stall = TimeSpan.FromMilliseconds(300));
        Assert.Contains(Log, line => line.Contains("silent"));
    }

    [Fact]
    public async Task Wrong_content_is_fetched_once_more_and_then_refused()
    {
        Server.Repositories["org/model"] = Model();
        Server.Fail("model.safetensors", new HubFault.Corrupt());
        await PullAsync("org/model");

        Server.Repositories["org/bad"] = Model();
        Server.Fail("model.safetensors", new HubFault.Corrupt(), new HubFault.Corrupt());
        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/bad"));
        Assert.Contains("model.safetensors: the content's SHA-256", error.Message);
        Assert.False(Directory.Exists(Path.Combine(Folder, "org--bad")));

        Server.Fail("config.json", new HubFault.Corrupt(), new HubFault.Corrupt());
        Server.Repositories["org/small"] = Model();
        Assert.Contains("git SHA-1", (await Assert.ThrowsAsync<HubException>(() => PullAsync("org/small"))).Message);
    }
}
