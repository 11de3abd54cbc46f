using System.Diagnostics;
using System.Text.Json;
using ReasonIR.Contracts.Client;
using ReasonIR.Contracts.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;

namespace ReasonIR.EndToEnd;

/// <summary>
/// The whole system with a language model that knows the answers of the sample collection: its rewrite of a query is the beginning of the document
/// that answers it, as long as it was asked for; its grade is 5 for that document and 0 for all others. What synthesis asks for it answers acceptably, with
/// words that mean nothing.
/// </summary>
[CollectionDefinition(nameof(ChatSystem))]
public sealed class ChatSystem : IAsyncLifetime, ICollectionFixture<ChatSystem>
{
    /// <summary>What the corpus is called.</summary>
    public const string Corpus = "workshop";

    /// <summary>What a million of its tokens cost.</summary>
    public const int InputPrice = 10, OutputPrice = 20;

    readonly Dictionary<string, string> answers = [];

    public ScriptedChatServer Chat { get; private set; } = null!;

    public RunningSystem System { get; private set; } = null!;

    /// <summary>The queries that are judged, by id.</summary>
    public IReadOnlyDictionary<string, string> Queries { get; private set; } = null!;

    /// <summary>The text of the document that answers a query.</summary>
    public string AnswerTo(string query) => answers[query];

    public async ValueTask InitializeAsync()
    {
        var folder = Path.Combine(SharedData.Repository, "samples", Corpus);
        var documents = await ReadAsync(Path.Combine(folder, "corpus.jsonl"));
        var judged = (await File.ReadAllLinesAsync(Path.Combine(folder, "qrels", "test.tsv"))).Skip(1).Select(line => line.Split('\t')).Where(row => row[2] != "0").ToList();
        Queries = (await ReadAsync(Path.Combine(folder, "queries.jsonl"))).Where(query => judged.Exists(row => row[0] == query.Key)).ToDictionary();
        foreach (var row in judged)
            answers.TryAdd(Queries[row[0]], documents[row[1]]);
        Chat = await ScriptedChatServer.StartAsync(Reply, CancellationToken.None);
        System = new RunningSystem { Chat = Chat.Endpoint };
        await System.InitializeAsync();
        // Before the first call: the services keep a price table for some seconds.
        using (var http = new HttpClient { BaseAddress = System.Portal })
            await new SpendingClient(http).SetPriceAsync(new("scripted", InputPrice, OutputPrice), CancellationToken.None);
        var upload = await System.Client.CreateUploadAsync(CancellationToken.None);
        foreach (var path in new[] { "corpus.jsonl", "queries.jsonl", "qrels/test.tsv" })
        {
            await using var file = File.OpenRead(Path.Combine(folder, path));
            await System.Client.UploadAsync(upload.Id, path, file, CancellationToken.None);
        }
        await DoAsync(new ImportSpec(Corpus, upload.Id));
    }

    public async ValueTask DisposeAsync()
    {
        if (System is not null)
            await System.DisposeAsync();
        if (Chat is not null)
            await Chat.DisposeAsync();
    }

    /// <summary>Runs to a good end.</summary>
    public async Task<RunDetail> DoAsync(IRunSpec spec)
    {
        var run = await System.Client.StartAsync(spec, CancellationToken.None);
        while (true)
        {
            var detail = await System.Client.RunAsync(run.Id, CancellationToken.None);
            if (detail.Run.Ended)
            {
                Assert.True(detail.Run.State == "succeeded", $"{detail.Run.Error}\n{System.Output()}");
                return detail;
            }
            await Task.Delay(100);
        }
    }

    /// <summary>A verb of the command line, as a person types it.</summary>
    /// <returns>The standard output.</returns>
    public async Task<string> CommandAsync(params string[] arguments)
    {
        var executable = Path.Combine(SharedData.Repository, "artifacts", "bin", "ReasonIR.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "ReasonIR.Cli");
        using var process = Process.Start(new ProcessStartInfo(executable, [.. arguments, "--server", System.Portal.AbsoluteUri]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        // Without libtorch only static encoders can be trained.
        Assert.SkipWhen(process.ExitCode != 0 && (await errors).Contains("libtorch", StringComparison.Ordinal), await errors);
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)}\n{await errors}\n{System.Output()}");
        return await output;
    }

    ScriptedReply Reply(ChatCall call)
    {
        if (call.SchemaName is not null)
            return ScriptedWriter.Answer(call);
        var asked = call.Messages[^1].Text;
        var query = Queries.Values.First(text => asked.Contains(text, StringComparison.Ordinal));
        if (asked.Contains("from 0 to 5", StringComparison.Ordinal))
            return new ScriptedReply.Answer(asked.Contains(answers[query], StringComparison.Ordinal) ? "5" : "0");
        var words = answers[query].Split(' ');
        var tokens = call.Json.GetProperty("max_completion_tokens").GetInt32();
        return new ScriptedReply.Answer(string.Join(' ', words.Take(tokens)), 100, Math.Min(tokens, words.Length), words.Length > tokens ? "length" : "stop");
    }

    static async Task<Dictionary<string, string>> ReadAsync(string path) =>
        (await File.ReadAllLinesAsync(path)).Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(json => json.GetProperty("_id").GetString()!, json => json.GetProperty("text").GetString()!);
}
