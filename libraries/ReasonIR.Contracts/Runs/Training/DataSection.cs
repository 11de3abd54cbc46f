using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs.Training;

/// <summary>What is trained on, how long, and in which batches.</summary>
/// <param name="Sources">Datasets; several are a mixture.</param>
/// <param name="Sampling">How often each source is drawn from: <c>proportional</c> to its examples (default), <c>weights</c> (the sources' own), or
/// <c>temperature</c>: proportional to examples^(1/T).</param>
/// <param name="SamplingTemperature">T; 1 is proportional, larger evens the sources out.</param>
/// <param name="Batches"><c>mixed</c> (default), or <c>single</c>: each batch from one source, so that its negatives are of one kind.</param>
/// <param name="Epochs">Passes over the data; the default is 1.</param>
/// <param name="Steps">Optimizer steps, in place of epochs; with both, whichever ends first.</param>
/// <param name="Seconds">Wall-clock seconds at most, preparation included.</param>
/// <param name="BatchSize">Queries a step, over all workers.</param>
/// <param name="Positives">Positives drawn a query and step.</param>
/// <param name="Negatives">Hard negatives drawn a query and step; examples that have fewer give what they have.</param>
/// <param name="QueryMaxTokens">Longer queries are cut, special tokens included; null: the model's limit.</param>
/// <param name="PassageMaxTokens">As <paramref name="QueryMaxTokens"/>.</param>
/// <param name="Prompts">What is put before the texts; null: the model's own prompts.</param>
public sealed record DataSection(
    IReadOnlyList<DataSource> Sources,
    string? Sampling = null,
    double? SamplingTemperature = null,
    string? Batches = null,
    double? Epochs = null,
    int? Steps = null,
    double? Seconds = null,
    int? BatchSize = null,
    int? Positives = null,
    int? Negatives = null,
    int? QueryMaxTokens = null,
    int? PassageMaxTokens = null,
    PromptSection? Prompts = null)
{
    const int MostSources = 100;

    internal IEnumerable<string> Problems() =>
    [
        .. Sources is { Count: > 0 and <= MostSources } ? [] : new[] { $"data.sources: expected 1 to {MostSources} datasets, found {Sources?.Count ?? 0}." },
        .. (Sources ?? []).SelectMany((source, i) => source?.Problems($"data.sources[{i}]") ?? [$"data.sources[{i}]: expected a dataset, found nothing."]),
        .. (Sources ?? []).OfType<DataSource>().GroupBy(source => (source.Dataset, source.Version)).Where(group => group.Count() > 1).Select(group => $"data.sources: '{group.Key.Dataset}' occurs {group.Count()} times; expected once, with a weight."),
        .. Sampling is null ? [] : SpecChecks.OneOf("data.sampling", Sampling, "proportional", "weights", "temperature"),
        .. Sampling == "weights" && Sources?.All(source => source?.Weight is not null) == false ? new[] { "data.sampling: 'weights' needs a weight at every source." } : [],
        .. Sampling != "weights" && Sources?.Any(source => source?.Weight is not null) == true ? new[] { $"data.sampling: the sources have weights, which only 'weights' uses, found '{Sampling ?? "proportional"}'." } : [],
        .. SpecChecks.Range("data.samplingTemperature", SamplingTemperature, 0.01, 1000),
        .. Sampling == "temperature" && SamplingTemperature is null ? new[] { "data.samplingTemperature: expected one, because data.sampling is 'temperature'." } : [],
        .. Sampling != "temperature" && SamplingTemperature is not null ? new[] { $"data.samplingTemperature: only used where data.sampling is 'temperature', found '{Sampling ?? "proportional"}'." } : [],
        .. Batches is null ? [] : SpecChecks.OneOf("data.batches", Batches, "mixed", "single"),
        .. SpecChecks.Range("data.epochs", Epochs, 1e-6, 10_000),
        .. SpecChecks.Range("data.steps", Steps, 0, 10_000_000),
        .. SpecChecks.Range("data.seconds", Seconds, 0, 30 * 24 * 3600),
        .. SpecChecks.Range("data.batchSize", BatchSize, 2, 65_536),
        .. SpecChecks.Range("data.positives", Positives, 1, 1000),
        .. SpecChecks.Range("data.negatives", Negatives, 0, 1000),
        .. SpecChecks.Range("data.queryMaxTokens", QueryMaxTokens, 4, 131_072),
        .. SpecChecks.Range("data.passageMaxTokens", PassageMaxTokens, 4, 131_072),
        .. Prompts?.Problems("data.prompts") ?? [],
    ];
}

/// <summary>A dataset of the mixture. What it leaves out is as <see cref="DataSection"/> says.</summary>
/// <param name="Dataset">Its name.</param>
/// <param name="Version">Its version; null: the newest sealed one when the run starts.</param>
/// <param name="Weight">Its share, relative to the others'.</param>
/// <param name="Instruction">Of queries that bring none.</param>
/// <param name="Prompts">Prompts of this source.</param>
/// <param name="Positives">Positives drawn a query.</param>
/// <param name="Negatives">Hard negatives drawn a query.</param>
/// <param name="QueryMaxTokens">Longer queries are cut.</param>
/// <param name="PassageMaxTokens">Longer passages are cut.</param>
[Shorthand(nameof(Dataset))]
public sealed record DataSource(
    string Dataset, int? Version = null, double? Weight = null, string? Instruction = null, PromptSection? Prompts = null,
    int? Positives = null, int? Negatives = null, int? QueryMaxTokens = null, int? PassageMaxTokens = null)
{
    internal IEnumerable<string> Problems(string field) =>
    [
        .. SpecChecks.Name($"{field}.dataset", Dataset),
        .. SpecChecks.Range($"{field}.version", Version, 1, int.MaxValue),
        .. SpecChecks.Range($"{field}.weight", Weight, 1e-9, 1e9),
        .. SpecChecks.Length($"{field}.instruction", Instruction, PromptSection.MostLetters),
        .. Prompts?.Problems($"{field}.prompts") ?? [],
        .. SpecChecks.Range($"{field}.positives", Positives, 1, 1000),
        .. SpecChecks.Range($"{field}.negatives", Negatives, 0, 1000),
        .. SpecChecks.Range($"{field}.queryMaxTokens", QueryMaxTokens, 4, 131_072),
        .. SpecChecks.Range($"{field}.passageMaxTokens", PassageMaxTokens, 4, 131_072),
    ];
}

/// <summary>What is put before the texts when they are encoded, as it will be put in searching.</summary>
/// <param name="Query">Before a query; <c>{instruction}</c> stands for its instruction. E.g. <c>"&lt;|user|&gt;\n{instruction}\n&lt;|embed|&gt;\n"</c>.</param>
/// <param name="QueryBare">Before a query without an instruction, where <paramref name="Query"/> wants one.</param>
/// <param name="Passage">Before a passage.</param>
/// <param name="PassageBare">As <paramref name="QueryBare"/>.</param>
public sealed record PromptSection(string? Query = null, string? QueryBare = null, string? Passage = null, string? PassageBare = null)
{
    /// <summary>Of a prompt.</summary>
    public const int MostLetters = 10_000;

    /// <summary>Where the instruction goes.</summary>
    public const string Placeholder = "{instruction}";

    internal IEnumerable<string> Problems(string field) =>
    [
        .. SpecChecks.Length($"{field}.query", Query, MostLetters),
        .. SpecChecks.Length($"{field}.queryBare", QueryBare, MostLetters),
        .. SpecChecks.Length($"{field}.passage", Passage, MostLetters),
        .. SpecChecks.Length($"{field}.passageBare", PassageBare, MostLetters),
        .. QueryBare?.Contains(Placeholder) == true ? new[] { $"{field}.queryBare: is for queries without an instruction, found '{Placeholder}' in it." } : [],
        .. PassageBare?.Contains(Placeholder) == true ? new[] { $"{field}.passageBare: is for passages without an instruction, found '{Placeholder}' in it." } : [],
    ];
}
