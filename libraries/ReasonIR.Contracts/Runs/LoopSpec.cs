using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>The whole loop: import, index, synthesize, train, index, evaluate.</summary>
/// <param name="Corpus">The corpus; imported from the upload when one is given, otherwise it must be there.</param>
/// <param name="UploadId">The files to import first; null: the corpus as it stands.</param>
/// <param name="Format">Their format.</param>
/// <param name="Base"><c>static</c>, <c>tiny</c> or a registered model.</param>
/// <param name="Generator"><c>extractive</c> or <c>llm</c>.</param>
/// <param name="Seed">Decides every draw.</param>
/// <param name="TrainSeconds">Seconds of training at most; null: the base's default.</param>
/// <param name="QuerySet">Which judged queries measure it; null as in <see cref="EvaluateSpec"/>.</param>
/// <param name="Source">Where the files came from, as the user names it.</param>
public sealed record LoopSpec(
    string Corpus,
    string? UploadId = null,
    string Format = "auto",
    string Base = "static",
    string Generator = "extractive",
    int Seed = 0,
    double? TrainSeconds = null,
    string? QuerySet = null,
    string? Source = null) : IRunSpec
{
    const int MostLetters = 75;

    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"loop {Corpus} ({Base})";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("corpus", Corpus),
        .. UploadId is null ? [] : new ImportSpec(Corpus, UploadId, Format).Problems(),
        .. SpecChecks.Name("base", Base),
        // The model is called CORPUS-BASE-RUN, its start MODEL-start: names of 100 letters at most.
        .. Corpus?.Length + Base?.Length > MostLetters ? new[] { $"corpus and base: expected {MostLetters} letters at most together, found {Corpus!.Length + Base!.Length}." } : [],
        .. SpecChecks.OneOf("generator", Generator, "extractive", "llm"),
        .. SpecChecks.Range("trainSeconds", TrainSeconds, 0, 30 * 24 * 3600),
    ];
}

/// <summary>What a <c>loop</c> run leaves, as <c>reasonir loop --json</c> prints it.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Base">The base.</param>
/// <param name="Stages">Each step with the seconds it took.</param>
/// <param name="Systems">Each system with its measures.</param>
/// <param name="Verdict">Whether training helped, in words, with the paired test's figures.</param>
public sealed record LoopOutput(string Corpus, int Seed, string Base, IReadOnlyList<LoopStage> Stages, IReadOnlyList<LoopSystem> Systems, string Verdict);

/// <summary>A step of the loop.</summary>
/// <param name="Name">import, index-bm25, synthesize, train, index-dense, evaluate.</param>
/// <param name="Seconds">Wall-clock seconds.</param>
/// <param name="RunId">The run that did it.</param>
public sealed record LoopStage(string Name, double Seconds, long RunId);

/// <summary>A system's measures.</summary>
/// <param name="Name"><c>bm25</c>, <c>dense-before</c>, <c>dense</c> or <c>hybrid</c>.</param>
/// <param name="Measures">trec_eval's names, means over the evaluated queries.</param>
/// <param name="Queries">Evaluated queries.</param>
public sealed record LoopSystem(string Name, IReadOnlyDictionary<string, double> Measures, int Queries);
