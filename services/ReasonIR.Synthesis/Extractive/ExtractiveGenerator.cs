using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Synthesis.Generation;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Extractive;

/// <summary>
/// Pairs cut from the documents themselves, without a language model: nobody asked these queries, and a model trained on them learns
/// what belongs together in this corpus and not what helps with what. An item is one draw from one document; with more items than
/// documents each document is drawn from again.
/// </summary>
public sealed class ExtractiveGenerator : IOrderedGenerator
{
    /// <summary>Samples that a strategy stores to look at, where no hard negatives depend on them.</summary>
    public const int Samples = 1000;

    const int BatchItems = 250;

    public string Name => "extractive";

    public string? Missing => null;

    public IReadOnlyDictionary<string, string> Provenance(SynthesizeSpec spec) =>
        spec.Seeds is { IsJudged: true } ? new Dictionary<string, string> { ["judgeSeedPrompt"] = PromptFiles.JudgeSeed.Hash } : [];

    public SynthesizeSpec Complete(SynthesizeSpec spec) => spec with
    {
        Extractive = Settings(spec), HardNegatives = spec.HardNegatives ?? new MinedNegatives(), Llm = spec.Seeds is { IsJudged: true } ? spec.Llm : null,
    };

    public DatasetKind KindOf(SynthesizeSpec spec) => Settings(spec).Mode == "strategy" ? DatasetKind.Strategy : DatasetKind.Examples;

    public SeedFilter Filter(SynthesizeSpec spec) => new(MinimumWords: 1);

    public int Items(SynthesizeSpec spec, int documents)
    {
        if (documents == 0)
            return 0;
        var all = KindOf(spec) == DatasetKind.Strategy && (spec.HardNegatives?.PerExample ?? 0) == 0 ? Math.Min(documents, Samples) : documents;
        return Settings(spec).Examples ?? all;
    }

    public async IAsyncEnumerable<IReadOnlyList<GeneratedItem>> GenerateAsync(GenerationJob job, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var links = Settings(job.Spec).Strategies is { Links: > 0 } ? await CorpusLinks.ReadAsync(job, cancellation) : null;
        foreach (var items in job.Remaining.Chunk(BatchItems))
        {
            var documents = await job.Seeds.LoadAsync([.. items.Select(item => item % job.Seeds.Count)], cancellation);
            var linked = links is null ? null : await links.AddAsync(documents, cancellation);
            var batch = new List<GeneratedItem>(items.Length);
            foreach (var (item, document) in items.Zip(documents))
                batch.Add(Draw(job.Spec, linked?[document.ExternalId] ?? new(document.ExternalId, document.Title, document.Text), item / job.Seeds.Count) is { } pair
                    ? new GeneratedItem(item, [Example(pair, document)])
                    : new GeneratedItem(item, [], "too short for another pair"));
            yield return batch;
        }
    }

    /// <summary>The pair of this number among the different ones that the seed draws from the document; null where there are too few.</summary>
    static DrawnPair? Draw(SynthesizeSpec spec, PairDocument document, int number)
    {
        var settings = Settings(spec);
        var mixture = settings.Strategies is { } weights
            ? new PairMixture(weights.TitleBody, weights.SentenceRest, weights.Crops, weights.HeadingSection, weights.KeyPhrases, weights.Links) : null;
        // A seed of its own for each document: its draws do not depend on the others.
        var seed = BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{spec.Seed}\n{document.Id}")));
        var sampler = new PairSampler([document], seed, new PairSettings(settings.TitleShare, settings.KeepSentence, mixture));
        var seen = new HashSet<string>();
        var drawn = new List<DrawnPair>();
        for (var step = 0; step < 4 * number + 16; step++)
        {
            drawn.Clear();
            if (sampler.Draw(step, 1, drawn) == 0)
                return null;
            if (seen.Add(drawn[0].QueryText) && seen.Count > number)
                return drawn[0];
        }
        return null;
    }

    GeneratedExample Example(DrawnPair pair, Document document) =>
        new(pair.QueryText, new Passage(pair.PositiveText, pair.PositiveId), [], $"{Name}/{pair.Strategy}", document.ExternalId);

    static ExtractiveSettings Settings(SynthesizeSpec spec) => spec.Extractive ?? new ExtractiveSettings();
}
