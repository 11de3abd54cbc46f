using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Generation;

/// <summary>
/// Makes training examples from seed documents. Work is cut into items 0, 1, 2, ...; an item's examples depend on the spec and the
/// corpus (and the model) alone, so that a resumed run makes exactly what is missing.
/// </summary>
public interface IExampleGenerator
{
    /// <summary><c>extractive</c> or <c>llm</c>: the label of everything it makes.</summary>
    string Name { get; }

    /// <summary>What must be set before it can be used, or null.</summary>
    string? Missing { get; }

    /// <summary>The spec with every default of this generator written out: what the version keeps.</summary>
    SynthesizeSpec Complete(SynthesizeSpec spec);

    DatasetKind KindOf(SynthesizeSpec spec);

    /// <summary>What the seed documents must have.</summary>
    SeedFilter Filter(SynthesizeSpec spec);

    /// <summary>How many items there are over so many seed documents.</summary>
    int Items(SynthesizeSpec spec, int documents);

    /// <summary>What belongs to the version's provenance beside the spec, such as prompt hashes.</summary>
    IReadOnlyDictionary<string, string> Provenance(SynthesizeSpec spec);
}

/// <summary>A generator that makes its items one after another, in this process.</summary>
public interface IOrderedGenerator : IExampleGenerator
{
    /// <summary>The job's items in their order; what is yielded together is committed together. An item that is left out was not made.</summary>
    IAsyncEnumerable<IReadOnlyList<GeneratedItem>> GenerateAsync(GenerationJob job, CancellationToken cancellation);
}

/// <param name="Remaining">The items to make, ascending.</param>
/// <param name="Tally">Filled by the generator while it works.</param>
public sealed record GenerationJob(RunContext Run, SynthesizeSpec Spec, SeedSet Seeds, IReadOnlyList<int> Remaining, GenerationTally Tally);

/// <param name="Skipped">Why the item has no example, or null.</param>
public sealed record GeneratedItem(int Item, IReadOnlyList<GeneratedExample> Examples, string? Skipped = null);

/// <param name="Generator">The generator's name and what of it: <c>extractive/title</c>, <c>llm/MODEL</c>.</param>
/// <param name="Metadata">A JSON object or null.</param>
/// <param name="SourceDocument">The document it was made from; null where it was made from none.</param>
/// <param name="Instruction">What is put before the query when it is encoded, or null.</param>
/// <param name="MorePositives">Positives beside the first.</param>
public sealed record GeneratedExample(
    string Query, Passage Positive, IReadOnlyList<Passage> Negatives, string Generator, string? SourceDocument, string? PromptHash = null, string? Metadata = null,
    string? Instruction = null, IReadOnlyList<Passage>? MorePositives = null);

/// <summary>What a generator has to say beside its examples. Thread-safe where it says so.</summary>
public sealed class GenerationTally
{
    const int MostWarnings = 100;

    int warnings;

    /// <summary>Why it stopped before its last item, or null.</summary>
    public string? StoppedBecause { get; set; }

    public SynthesisSpending? Spending { get; set; }

    /// <summary>Answers taken from the cache.</summary>
    public int Cached { get; set; }

    /// <summary>What the steps of a recipe made.</summary>
    public SynthesisReport? Report { get; set; }

    /// <summary>Adds to the run's log what is wrong with one item; after a hundred no more, they are counted in the output. Thread-safe.</summary>
    public ValueTask WarnAsync(RunContext run, string message) => Interlocked.Increment(ref warnings) switch
    {
        <= MostWarnings => run.LogAsync(RunLogLevel.Warning, message),
        MostWarnings + 1 => run.LogAsync(RunLogLevel.Warning, "Further warnings of this kind are only counted."),
        _ => ValueTask.CompletedTask,
    };
}
