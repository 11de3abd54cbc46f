using System.Net;
using ReasonIR.ServiceDefaults.Hub;
using ReasonIR.Testing.Hub;

namespace ReasonIR.Encoder.Tests.Hub;

/// <summary>What is pulled from the hub, by whom and under which names.</summary>
public sealed class HubClientTests : HubPulls
{
    [Fact]
    public async Task A_model_is_pulled_with_what_it_needs_and_nothing_else()
    {
        Server.Repositories["org/model"] = Model(files: new()
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
        Server.Repositories["org/model"] = Model(files, single: false);
        var target = await PullAsync("org/model");
        Assert.Equal(["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
            Directory.EnumerateFiles(target, "model*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.pt")]
    public async Task Pickled_weights_are_refused_by_name(string weights)
    {
        Server.Repositories["org/model"] = Model(new() { [weights] = Bytes(100) }, single: false);
        Assert.Contains(weights, (await Assert.ThrowsAsync<HubException>(() => PullAsync("org/model"))).Message);
        Assert.DoesNotContain(Server.Requests, request => request.Path.EndsWith(weights, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_nowhere_else()
    {
        Server.Repositories["org/secret"] = Model(privateTo: "hf_key");
        await PullAsync("org/secret", options => options.Token = "hf_key");
        Assert.All(Server.Requests.Where(request => !request.Storage), request => Assert.Equal("Bearer hf_key", request.Authorization));
        var storage = Server.Requests.Where(request => request.Storage).ToList();
        Assert.NotEmpty(storage);
        Assert.All(storage, request => Assert.Null(request.Authorization));
        Assert.DoesNotContain(Log, line => line.Contains("hf_key"));
    }

    [Fact]
    public async Task Refusals_say_what_to_do()
    {
        Server.Repositories["org/gated"] = Model(gated: true);
        Server.Repositories["org/model"] = Model();
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
        Server.Repositories["org/model"] = Model();
        Server.Repositories["org/old"] = new() { Commit = Commit, Files = new Dictionary<string, byte[]>(), MovedTo = "org/model" };
        await PullAsync(reference);
    }

    [Fact]
    public async Task Two_pulls_of_one_model_fetch_it_once()
    {
        Server.Repositories["org/model"] = Model();
        var targets = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PullAsync("org/model")));
        Assert.Single(targets.Distinct());
        Assert.Single(Server.Requests, request => IsWeights(request));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../b.json")]
    [InlineData("a\\b")]
    public async Task Names_that_lead_elsewhere_are_refused(string name)
    {
        Server.Repositories["org/model"] = Model(new() { [name] = Bytes(10) });
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
        Server.Repositories["datasets/org/data"] = new() { Commit = Commit, Files = new Dictionary<string, byte[]> { ["train.jsonl"] = Bytes(20_000) } };
        using var hub = Client();
        var listing = await hub.ListAsync(HubReference.Parse("org/data", HubKind.Dataset), Token);
        var target = Path.Combine(Folder, "data");
        var progress = new List<HubProgress>();
        await HubFolder.PullAsync(hub, listing, [listing.Find("train.jsonl")!], target, progress.Add, Log.Add, Token);
        Assert.Equal(Bytes(20_000), await File.ReadAllBytesAsync(Path.Combine(target, "train.jsonl"), Token));
        Assert.Equal(new(20_000, 20_000, 1, 1, "train.jsonl"), progress[^1]);
    }
}
