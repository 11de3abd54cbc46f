using ReasonIR.Encoder.Pulling;
using ReasonIR.ServiceDefaults.Hub;
using ReasonIR.Testing.Hub;

namespace ReasonIR.Encoder.Tests.Hub;

/// <summary>A server that behaves like the hub, and pulls from it.</summary>
public abstract class HubPulls : IAsyncLifetime
{
    protected const string Commit = "0123456789abcdef0123456789abcdef01234567";

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-hub-tests-");

    protected List<string> Log { get; } = [];

    protected HubServer Server { get; private set; } = null!;

    protected string Folder => folder.FullName;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected static byte[] Weights { get; } = Bytes(200_000);

    public async ValueTask InitializeAsync() => Server = await HubServer.StartAsync(Token);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        folder.Delete(recursive: true);
    }

    protected async Task<string> PullAsync(string text, Action<HubOptions>? configure = null)
    {
        using var hub = Client(configure);
        var reference = HubReference.Parse(text);
        var listing = await hub.ListAsync(reference, Token);
        var target = Path.Combine(Folder, reference.Id.Replace("/", "--"));
        await HubFolder.PullAsync(hub, listing, await ModelFiles.SelectAsync(hub, listing, Token), target, null, message => { lock (Log) Log.Add(message); }, Token);
        return target;
    }

    protected static bool IsWeights(HubRequest request) => request.Storage && request.Path.EndsWith("model.safetensors", StringComparison.Ordinal);

    protected HubClient Client(Action<HubOptions>? configure = null)
    {
        var options = new HubOptions { Endpoint = Server.Endpoint.ToString(), FirstPause = TimeSpan.FromMilliseconds(1), KeepFreeBytes = 0 };
        configure?.Invoke(options);
        return new(options);
    }

    protected static HubRepository Model(Dictionary<string, byte[]>? files = null, bool single = true, string? privateTo = null, bool gated = false)
    {
        files = new(files ?? []) { ["config.json"] = """{"model_type":"bert"}"""u8.ToArray(), ["tokenizer.json"] = Bytes(1500) };
        if (single)
            files["model.safetensors"] = Weights;
        return new() { Commit = Commit, Revisions = ["main", "v1.0", "refs/pr/3"], Files = files, PrivateTo = privateTo, Gated = gated };
    }

    protected static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
