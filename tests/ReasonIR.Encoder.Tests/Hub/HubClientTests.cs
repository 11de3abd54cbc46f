using System.Net;
using ReasonIR.Encoder.Pulling;
using ReasonIR.ServiceDefaults.Hub;
using ReasonIR.Testing.Hub;

namespace ReasonIR.Encoder.Tests.Hub;

public sealed class HubClientTests : IAsyncLifetime
{
    const string Commit = "0123456789abcdef0123456789abcdef01234567";

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-hub-tests-");
    readonly List<string> log = [];
    HubServer server = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static byte[] Weights { get; } = Bytes(200_000);

    public async ValueTask InitializeAsync() => server = await HubServer.StartAsync(Token);

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_model_is_pulled_with_what_it_needs_and_nothing_else()
    {
        server.Repositories["org/model"] = Model(files: new()
        {
            ["modules.json"] = """[{"idx":0,"path":"","type":"sentence_transformers.models.Transformer"},{"idx":1,"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},{"idx":2,"path":"2_Dense","type":"sentence_transformers.models.Dense"}]"""u8.ToArray(),
            ["1_Pooling/config.json"] = "{}"u8.ToArray(),
            ["2_Dense/config.json"] = "{}"u8.ToArray(),
            ["2_Dense/model.safetensors"] = Bytes(5000),
            ["pytorch_model.bin"] = Bytes(100),
            ["onnx/model.onnx"] = Bytes(100),
            ["onnx/config.json"] = "{}"u8.ToArray(),
            ["modeling_custom.py"] = Bytes(100),
            ["README.md"] = "---\nlicense: mit\n---\n"u8.ToArray(),
            ["empty.txt"] = [],
        });
        var target = await PullAsync("org/model");
        Assert.Equal(
            ["1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors", "README.md", "config.json", "model.safetensors", "modules.json", "tokenizer.json"],
            Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(target, file)).Order(StringComparer.Ordinal));
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(target, "model.safetensors"), Token));
        Assert.False(Directory.Exists(target + ".pull.tmp"));
    }

    [Fact]
    public async Task Shards_are_those_of_the_index()
    {
        var files = new Dictionary<string, byte[]>
        {
            ["model.safetensors.index.json"] = """{"metadata":{},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","c":"model-00001-of-00002.safetensors"}}"""u8.ToArray(),
            ["model-00001-of-00002.safetensors"] = Bytes(3000),
            ["model-00002-of-00002.safetensors"] = Bytes(2000),
            ["consolidated.safetensors"] = Bytes(5000),
        };
        server.Repositories["org/model"] = Model(files, single: false);
        var target = await PullAsync("org/model");
        Assert.Equal(["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
            Directory.EnumerateFiles(target, "model*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.pt")]
    public async Task Pickled_weights_are_refused_by_name(string weights)
    {
        server.Repositories["org/model"] = Model(new() { [weights] = Bytes(100) }, single: false);
        Assert.Contains(weights, (await Assert.ThrowsAsync<HubException>(() => PullAsync("org/model"))).Message);
        Assert.DoesNotContain(server.Requests, request => request.Path.EndsWith(weights, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_nowhere_else()
    {
        server.Repositories["org/secret"] = Model(privateTo: "hf_key");
        await PullAsync("org/secret", options => options.Token = "hf_key");
        Assert.All(server.Requests.Where(request => !request.Storage), request => Assert.Equal("Bearer hf_key", request.Authorization));
        var storage = server.Requests.Where(request => request.Storage).ToList();
        Assert.NotEmpty(storage);
        Assert.All(storage, request => Assert.Null(request.Authorization));
        Assert.DoesNotContain(log, line => line.Contains("hf_key"));
    }

    [Fact]
    public async Task A_dropped_connection_is_gone_on_from_where_it_broke()
    {
        server.Repositories["org/model"] = Model();
        server.Fail("model.safetensors", new HubFault.Dropped(120_000), new HubFault.Busy(), new HubFault.Broken(), new HubFault.Dropped(30_000));
        var target = await PullAsync("org/model");
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(target, "model.safetensors"), Token));
        var ranges = server.Requests.Where(IsWeights).Select(request => request.Range).ToList();
        Assert.Equal([null, "bytes=120000-", "bytes=120000-", "bytes=120000-", "bytes=150000-"], ranges);
    }

    [Fact]
    public async Task A_pull_goes_on_from_what_a_killed_one_left()
    {
        server.Repositories["org/model"] = Model();
        server.Fail("model.safetensors", new HubFault.Dropped(70_000), new HubFault.Broken());
        await Assert.ThrowsAsync<HubException>(() => PullAsync("org/model", options => options.Attempts = 1));
        await PullAsync("org/model");
        Assert.Contains(server.Requests, request => request.Range == "bytes=70000-");
        Assert.Single(server.Requests, request => request.Path.EndsWith("resolve/" + Commit + "/tokenizer.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_sends_the_whole_again()
    {
        server.Repositories["org/model"] = Model();
        server.Fail("model.safetensors", new HubFault.Dropped(70_000), new HubFault.WithoutRange());
        var target = await PullAsync("org/model");
        Assert.Equal(Weights, await File.ReadAllBytesAsync(Path.Combine(target, "model.safetensors"), Token));
    }

    [Fact]
    public async Task A_silent_server_is_given_up_and_asked_again()
    {
        server.Repositories["org/model"] = Model();
        server.Fail("model.safetensors", new HubFault.Silent());
        await PullAsync("org/model", options => options.Stall = TimeSpan.FromMilliseconds(300));
        Assert.Contains(log, line => line.Contains("silent"));
    }

    [Fact]
    public async Task Wrong_content_is_fetched_once_more_and_then_refused()
    {
        server.Repositories["org/model"] = Model();
        server.Fail("model.safetensors", new HubFault.Corrupt());
        await PullAsync("org/model");

        server.Repositories["org/bad"] = Model();
        server.Fail("model.safetensors", new HubFault.Corrupt(), new HubFault.Corrupt());
        var error = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/bad"));
        Assert.Contains("model.safetensors: the content's SHA-256", error.Message);
        Assert.False(Directory.Exists(Path.Combine(folder.FullName, "org--bad")));

        server.Fail("config.json", new HubFault.Corrupt(), new HubFault.Corrupt());
        server.Repositories["org/small"] = Model();
        Assert.Contains("git SHA-1", (await Assert.ThrowsAsync<HubException>(() => PullAsync("org/small"))).Message);
    }

    [Fact]
    public async Task Refusals_say_what_to_do()
    {
        server.Repositories["org/gated"] = Model(gated: true);
        server.Repositories["org/model"] = Model();
        Assert.Contains("HF_TOKEN is not set", (await Assert.ThrowsAsync<HubException>(() => PullAsync("org/gated"))).Message);
        var refused = await Assert.ThrowsAsync<HubException>(() => PullAsync("org/gated", options => options.Token = "hf_other"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.Contains("gated", refused.Message);
        Assert.DoesNotContain("hf_other", refused.ToString());
        await PullAsync("org/gated", options => options.Token = "agreed");
        Assert.Contains("no revision 'v2'", (await Assert.ThrowsAsync<HubException>(() => PullAsync("org/model@v2"))).Message);
        Assert.Contains("org/ghost", (await Assert.ThrowsAsync<HubException>(() => PullAsync("org/ghost"))).Message);
        Assert.Contains("HF_ENDPOINT", (await Assert.ThrowsAsync<InvalidOperationException>(() => PullAsync("org/model", options => options.Endpoint = null))).Message);
        Assert.Contains("MaxBytes", (await Assert.ThrowsAsync<HubException>(() => PullAsync("org/model", options => options.MaxBytes = 1000))).Message);
        Assert.Contains("free", (await Assert.ThrowsAsync<IOException>(() => PullAsync("org/model", options => options.KeepFreeBytes = long.MaxValue / 2))).Message);
    }

    [Theory]
    [InlineData("org/old@v1.0")]
    [InlineData("org/model@refs/pr/3")]
    [InlineData("org/model@" + Commit)]
    public async Task Revisions_and_moved_repositories_are_found(string reference)
    {
        server.Repositories["org/model"] = Model();
        server.Repositories["org/old"] = new() { Commit = Commit, Files = new Dictionary<string, byte[]>(), MovedTo = "org/model" };
        await PullAsync(reference);
    }

    [Fact]
    public async Task Two_pulls_of_one_model_fetch_it_once()
    {
        server.Repositories["org/model"] = Model();
        var targets = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PullAsync("org/model")));
        Assert.Single(targets.Distinct());
        Assert.Single(server.Requests, request => IsWeights(request));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../b.json")]
    [InlineData("a\\b")]
    public async Task Names_that_lead_elsewhere_are_refused(string name)
    {
        server.Repositories["org/model"] = Model(new() { [name] = Bytes(10) });
        Assert.Contains("relative path", (await Assert.ThrowsAsync<InvalidDataException>(() => PullAsync("org/model"))).Message);
    }

    [Theory]
    [InlineData("org/name/more")]
    [InlineData("../name")]
    [InlineData("org/na me")]
    [InlineData("org/name@")]
    [InlineData("org/name@../..")]
    [InlineData("")]
    public void References_are_checked(string text) => Assert.Throws<ArgumentException>(() => HubReference.Parse(text));

    [Fact]
    public async Task Files_of_a_data_set_come_by_the_same_way()
    {
        server.Repositories["datasets/org/data"] = new() { Commit = Commit, Files = new Dictionary<string, byte[]> { ["train.jsonl"] = Bytes(20_000) } };
        using var hub = Client();
        var listing = await hub.ListAsync(HubReference.Parse("org/data", HubKind.Dataset), Token);
        var target = Path.Combine(folder.FullName, "data");
        var progress = new List<HubProgress>();
        await HubFolder.PullAsync(hub, listing, [listing.Find("train.jsonl")!], target, progress.Add, log.Add, Token);
        Assert.Equal(Bytes(20_000), await File.ReadAllBytesAsync(Path.Combine(target, "train.jsonl"), Token));
        Assert.Equal(new(20_000, 20_000, 1, 1, "train.jsonl"), progress[^1]);
    }

    async Task<string> PullAsync(string text, Action<HubOptions>? configure = null)
    {
        using var hub = Client(configure);
        var reference = HubReference.Parse(text);
        var listing = await hub.ListAsync(reference, Token);
        var target = Path.Combine(folder.FullName, reference.Id.Replace("/", "--"));
        await HubFolder.PullAsync(hub, listing, await ModelFiles.SelectAsync(hub, listing, Token), target, null, message => { lock (log) log.Add(message); }, Token);
        return target;
    }

    static bool IsWeights(HubRequest request) => request.Storage && request.Path.EndsWith("model.safetensors", StringComparison.Ordinal);

    HubClient Client(Action<HubOptions>? configure = null)
    {
        var options = new HubOptions { Endpoint = server.Endpoint.ToString(), FirstPause = TimeSpan.FromMilliseconds(1), KeepFreeBytes = 0 };
        configure?.Invoke(options);
        return new(options);
    }

    static HubRepository Model(Dictionary<string, byte[]>? files = null, bool single = true, string? privateTo = null, bool gated = false)
    {
        files = new(files ?? []) { ["config.json"] = """{"model_type":"bert"}"""u8.ToArray(), ["tokenizer.json"] = Bytes(1500) };
        if (single)
            files["model.safetensors"] = Weights;
        return new() { Commit = Commit, Revisions = ["main", "v1.0", "refs/pr/3"], Files = files, PrivateTo = privateTo, Gated = gated };
    }

    static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
