using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Client;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Tests.Datasets;

/// <summary>A small dataset of stored examples, one for each test, as synthesis leaves it.</summary>
static class Rivers
{
    public const string Prompt = "1111111111111111111111111111111111111111111111111111111111111111";

    /// <summary>Five examples; the second has the first's query, the third nearly, the fourth has ranks and grades, the fifth a positive as a negative.</summary>
    public static IReadOnlyList<Example> Examples { get; } =
    [
        Make("Why does the river at the old mill run brown for two days after the rain has stopped in the hills", ["Water takes days to come down."], ["Mills grind corn."], "d1", """{"weight":2}"""),
        Make("why does the river at the old mill run brown, for two days, after the rain has stopped in the hills?", ["Soil is washed off."], ["Rain falls."], "d1"),
        Make("Why does the river at the old mill run brown for three days after the rain has stopped in the hills", ["Soil is washed off slowly."], ["Rain falls down."], "d2"),
        Make("What bends a stream", ["The outer bank wears off.", "Meanders grow."], ["A stream of words."], "moon/1",
            $$$"""{"synthesis":{"step":"hard-query","item":3,"prompts":{"hard-query":"{{{Prompt}}}"},"queryGrade":4,"positives":[{"source":"seed","grade":5,"secondGrade":5,"bm25Rank":12},{"source":"graded","grade":3,"secondGrade":4,"bm25Rank":40}],"negatives":[{"source":"mined","grade":1,"secondGrade":1,"bm25Rank":2}]}}"""),
        Make("Is ice lighter than water", ["Ice floats."], ["Ice floats!"], null),
    ];

    public static DatasetClient Client(PortalFixture portal) => new(portal.Filled);

    /// <summary>Stores the examples as version 1 of a dataset, made by a run that paid for a call.</summary>
    public static async Task<DatasetVersionInfo> AddAsync(PortalFixture portal, string name, IReadOnlyList<Example>? examples = null)
    {
        var ct = TestContext.Current.CancellationToken;
        var (store, queue) = (portal.Services.GetRequiredService<DatasetStore>(), portal.Services.GetRequiredService<RunQueue>());
        var run = await queue.EnqueueAsync(new("synthesize", name, """{"corpus":"tides","dataset":"x"}""", 1));
        await using var db = await portal.Services.GetRequiredService<IDbContextFactory<ExperimentsDb>>().CreateDbContextAsync(ct);
        await queue.CancelAsync(run, ct);
        var corpus = await db.Corpora.SingleAsync(row => row.Name == "tides", ct);
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            var version = await store.OpenVersionAsync(db, name, DatasetKind.Examples, "llm", """{"generator": "llm", "seed": 7}""", corpus.Id, run, ct);
            await store.AppendAsync(db, version.Id, examples ?? Examples, ct);
            await store.SealAsync(db, version.Id, ct);
            await transaction.CommitAsync(ct);
        }
        db.LlmCalls.Add(new()
        {
            RunId = run, Purpose = "hard-query", Model = "scripted", RequestHash = name, PromptHash = Prompt, Response = """{"queries":[{"query":"What bends a stream"}],"more":"The outer bank wears off."}""",
            PromptTokens = 100, CompletionTokens = 20, Cost = 0.0125m, Milliseconds = 5,
            CreatedAt = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), // not among what other tests sum up
        });
        await db.SaveChangesAsync(ct);
        return await Client(portal).FindAsync(new(name, 1), ct);
    }

    static Example Make(string query, string[] positives, string[] negatives, string? source, string? metadata = null) => new()
    {
        Query = query, Positives = [.. positives.Select((text, i) => new Passage(text, i == 0 ? source : null))], Negatives = [.. negatives.Select(text => new Passage(text))],
        Generator = "llm/hard-query", SourceDocumentId = source, Metadata = metadata, PromptHash = metadata?.Contains("synthesis") == true ? Prompt : null,
    };
}
