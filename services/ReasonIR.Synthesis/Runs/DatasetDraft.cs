using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Generation;

namespace ReasonIR.Synthesis.Runs;

/// <summary>How far a run is; saved together with the examples it counts.</summary>
/// <param name="Items">Items done: all below this number.</param>
/// <param name="Tasks">Of a recipe: its items are laid out, and these are the tasks of examples of varied length.</param>
/// <param name="Layout">Tells the workers of these items from those of a layout before.</param>
public sealed record SynthesisProgress(int Items, int Examples, int Negatives, IReadOnlyDictionary<string, int> Skipped, IReadOnlyList<string>? Tasks = null, long Layout = 0)
{
    public static readonly SynthesisProgress Start = new(0, 0, 0, new Dictionary<string, int>());

    public SynthesisProgress After(IReadOnlyList<GeneratedItem> batch, int items)
    {
        var skipped = new Dictionary<string, int>(Skipped);
        foreach (var reason in batch.Select(item => item.Skipped).OfType<string>())
            skipped[reason] = skipped.GetValueOrDefault(reason) + 1;
        var examples = batch.SelectMany(item => item.Examples).ToList();
        return new SynthesisProgress(items, Examples + examples.Count, Negatives + examples.Sum(example => example.Negatives.Count), skipped, Tasks, Layout);
    }
}

/// <summary>The dataset version that a run fills and seals.</summary>
sealed class DatasetDraft(DatasetStore store, RunContext run, DatasetVersion version)
{
    public DatasetVersion Version => version;

    /// <summary>The run's version: a new one, or that which it began before.</summary>
    /// <exception cref="InvalidOperationException">The corpus, a prompt or the model has changed since the run began.</exception>
    public static async Task<DatasetDraft> OpenAsync(
        DatasetStore store, RunContext run, SynthesizeSpec spec, Corpus corpus, IExampleGenerator generator, CancellationToken cancellation)
    {
        var json = SpecJson(spec, corpus, generator);
        var version = await run.WriteAsync(
            db => store.OpenVersionAsync(db, spec.Dataset, generator.KindOf(spec), generator.Name, json, corpus.Id, run.RunId, cancellation), cancellation);
        if (version.SpecHash != SpecHash(spec, corpus, generator))
            throw new InvalidOperationException(
                $"The corpus {corpus.Name}, a prompt or the chat model has changed since this run began; begin a new run, answers paid for are kept.");
        return new DatasetDraft(store, run, version);
    }

    /// <summary>Commits a batch with the progress after it.</summary>
    public Task AddAsync(IReadOnlyList<GeneratedItem> batch, SynthesisProgress progress, CancellationToken cancellation) =>
        run.SaveCheckpointAsync(progress, db => store.AppendAsync(db, version.Id, batch.SelectMany(item => item.Examples).Select(Row), cancellation), cancellation);

    public Task<DatasetVersion> SealAsync(CancellationToken cancellation) => run.WriteAsync(db => store.SealAsync(db, version.Id, cancellation), cancellation);

    /// <summary>Leaves nothing behind, so that an empty version is never trained on by mistake.</summary>
    public Task DropAsync(CancellationToken cancellation) => run.SaveCheckpointAsync(SynthesisProgress.Start, async db =>
    {
        await db.DatasetVersions.Where(row => row.Id == version.Id).ExecuteDeleteAsync(cancellation);
        await db.Datasets.Where(row => row.Id == version.DatasetId && row.Versions.Count == 0).ExecuteDeleteAsync(cancellation);
    }, cancellation);

    Example Row(GeneratedExample example) => new()
    {
        DatasetVersionId = version.Id,
        Query = example.Query,
        Instruction = example.Instruction,
        Positives = [example.Positive, .. example.MorePositives ?? []],
        Negatives = example.Negatives,
        Generator = example.Generator,
        PromptHash = example.PromptHash,
        SourceDocumentId = example.SourceDocument,
        Metadata = example.Metadata,
    };

    /// <summary>What the version's hash is where nothing has changed since it was opened.</summary>
    public static string SpecHash(SynthesizeSpec spec, Corpus corpus, IExampleGenerator generator) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(SpecJson(spec, corpus, generator))));

    /// <summary>The run's spec with all that decides the outcome beside it: a trainer reads it as a spec, the hash tells versions apart.</summary>
    static string SpecJson(SynthesizeSpec spec, Corpus corpus, IExampleGenerator generator)
    {
        var json = JsonNode.Parse(RunSpecs.ToJson(spec))!.AsObject();
        json["corpusHash"] = corpus.ContentHash;
        foreach (var (name, value) in generator.Provenance(spec).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            json[name] = value;
        return json.ToJsonString();
    }
}
