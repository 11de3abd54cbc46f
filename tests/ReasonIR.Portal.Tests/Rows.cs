using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Indexes;
using ReasonIR.Experiments.Language;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Pipelines;
using ReasonIR.Experiments.Results;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Tests;

/// <summary>A little of everything in a database: one corpus with a judged query set, training data, a model, indexes and measured systems.</summary>
public sealed record Rows(long EvaluateRun, long TrainRun, long Baseline, long Dense)
{
    /// <summary>A text that would break a page that does not encode it.</summary>
    public const string Hostile = "<script>alert('x')</script> & \"quotes\"";

    public static async Task<Rows> AddAsync(IServiceProvider services)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<ExperimentsDb>>().CreateDbContextAsync();
        var queue = services.GetRequiredService<RunQueue>();
        var corpus = new Corpus { Name = "tides", Description = "About the sea", DocumentCount = 3, ContentHash = "c1", State = CorpusState.Ready };
        db.Corpora.Add(corpus);
        await db.SaveChangesAsync();
        foreach (var (id, text) in new[] { ("moon/1", "The Moon pulls the water up twice a day."), ("salt", Hostile), ("wind", "Wind makes waves.") })
            db.Documents.Add(new() { CorpusId = corpus.Id, ExternalId = id, Title = $"About {id}", Text = text, ContentHash = new byte[32] });
        var set = new QuerySet { CorpusId = corpus.Id, Name = "test", QueryCount = 2, ContentHash = "q1" };
        foreach (var (id, text) in new[] { ("q1", "why does the harbor empty"), ("q2", Hostile) })
            set.Queries.Add(new() { ExternalId = id, Text = text, Judgments = [new() { DocumentExternalId = "moon/1", Grade = 2 }], Exclusions = [new() { DocumentExternalId = "wind" }] });
        db.QuerySets.Add(set);
        var model = new Model { Name = "tides-static", Kind = "static", Revision = "r1", Path = "models/none", Dimension = 8 };
        db.Models.Add(model);
        await db.SaveChangesAsync();
        db.Indexes.AddRange(
            new IndexEntry { CorpusId = corpus.Id, Kind = "bm25", CorpusHash = "c1", DocumentCount = 3, State = IndexState.Ready },
            new IndexEntry { CorpusId = corpus.Id, Kind = "dense", ModelId = model.Id, CorpusHash = "c1", DocumentCount = 3, State = IndexState.Ready },
            new IndexEntry { CorpusId = corpus.Id, Kind = "bm25", CorpusHash = "older", DocumentCount = 2, State = IndexState.Ready });
        var version = new DatasetVersion { Dataset = new() { Name = "tides-extractive" }, Version = 1, CorpusId = corpus.Id, Generator = "extractive", Kind = DatasetKind.Strategy, ExampleCount = 1 };
        db.DatasetVersions.Add(version);
        await db.SaveChangesAsync();
        db.Examples.Add(new() { DatasetVersionId = version.Id, Ordinal = 0, Query = Hostile, Positives = [new("The Moon pulls.", "moon/1")], Negatives = [new("Wind.", "wind")], Generator = "extractive/sentence-rest", SourceDocumentId = "moon/1" });
        await db.SaveChangesAsync();
        version.SealedAt = DateTimeOffset.UtcNow;

        var evaluate = await EnqueueAsync(queue, new EvaluateSpec("tides", [new("bm25", "bm25"), new("dense", "dense", "tides-static")], Label: "first"));
        var train = await EnqueueAsync(queue, TrainSpec.Of("tides-static", "tides-extractive", 1));
        for (var step = 1; step <= 5; step++)
            db.RunMetrics.Add(new() { RunId = train, Name = "loss", Step = step, Value = 1.0 / step });
        db.RunLogs.AddRange(new RunLog { RunId = train, Level = RunLogLevel.Information, Message = "first line" }, new RunLog { RunId = train, Level = RunLogLevel.Warning, Message = Hostile });
        db.RunLinks.Add(new() { RunId = train, Direction = LinkDirection.Output, EntityKind = "model", EntityId = model.Id });

        var store = services.GetRequiredService<ArtifactStore>();
        Directory.CreateDirectory(Path.GetDirectoryName(store.Resolve("runs/tides.run"))!);
        await File.WriteAllTextAsync(store.Resolve("runs/tides.run"), "q1 Q0 moon/1 1 1.5 bm25\n");
        var artifact = new Artifact { Path = "runs/tides.run", Kind = "run-file", Sha256 = "0" };
        db.Artifacts.Add(artifact);
        await db.SaveChangesAsync();
        var baseline = Measured(evaluate, corpus, set, "bm25", 0.5, [("q1", 1), ("q2", 0)], """{"corpusHash":"c1","querySetHash":"q1"}""", null, artifact.Id);
        var dense = Measured(evaluate, corpus, set, "dense", 0.75, [("q1", 0.5), ("q2", 1)], """{"corpusHash":"c1","querySetHash":"q1","model":"tides-static","modelRevision":"r1"}""",
            """{"baseline":"bm25","measure":"ndcg_cut_10","difference":0.25,"low":0.1,"high":0.4,"pValue":0.01,"wins":1,"losses":1,"queries":2}""", null);
        db.Results.AddRange(baseline, dense);
        await db.SaveChangesAsync();
        foreach (var text in new[] { "retrievers: bm25\ndescription: plain", "retrievers: [{kind: bm25, weight: 0.3}, {kind: dense, model: tides-static, weight: 0.7}]\nfusion: minmax" })
        {
            var pipeline = PipelineSpecs.Read(text).Spec;
            await services.GetRequiredService<PipelineStore>().SaveAsync("fused", PipelineSpecs.ToJson(pipeline), PipelineSpecs.Hash(pipeline));
        }
        await AddCallsAsync(db, train);
        return new(evaluate, train, baseline.Id, dense.Id);
    }

    static Task AddCallsAsync(ExperimentsDb db, long run)
    {
        db.LlmPrices.Add(new() { Model = "scribe", ValidFrom = new DateOnly(2024, 1, 1), Input = 2.5m, Output = 10, Note = "from the vendor" });
        db.LlmCalls.AddRange(
            new LlmCall { RunId = run, Purpose = "hard-query", Model = "scribe", RequestHash = "a1", Response = Hostile, PromptTokens = 9000, CompletionTokens = 400, ReasoningTokens = 100, Cost = 0.0100m },
            new LlmCall { RunId = run, Purpose = "hard-query-repair", Model = "scribe", RequestHash = "a2", Response = "{}", PromptTokens = 0, CompletionTokens = 100, Cost = 0.0023m, Batch = true },
            new LlmCall { Purpose = "rewrite", Model = "quill", Endpoint = "judge", RequestHash = "a3", Response = "a draft", Cost = 0.5m, CreatedAt = DateTimeOffset.UtcNow.AddDays(-40) });
        return db.SaveChangesAsync();
    }

    static Task<long> EnqueueAsync(RunQueue queue, IRunSpec spec) => queue.EnqueueAsync(new(RunSpecs.KindOf(spec), spec.Title, RunSpecs.ToJson(spec), RunSpecs.Version));

    static Result Measured(long run, Corpus corpus, QuerySet set, string system, double mean, (string Query, double Value)[] queries, string provenance, string? comparison, long? runFile) => new()
    {
        RunId = run, CorpusId = corpus.Id, QuerySetId = set.Id, System = system, Measures = new Dictionary<string, double> { ["ndcg_cut_10"] = mean, ["map"] = mean / 2 },
        QueryCount = queries.Length, Provenance = provenance, Comparison = comparison, RunFileArtifactId = runFile,
        Queries = [.. queries.Select(query => new ResultQuery { QueryExternalId = query.Query, Measures = new Dictionary<string, double> { ["ndcg_cut_10"] = query.Value, ["map"] = query.Value / 2 } })],
    };
}
