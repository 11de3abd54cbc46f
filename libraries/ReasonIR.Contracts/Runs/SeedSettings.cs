using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>Which documents of a corpus examples are made from. A document falls at the first step that refuses it, in this order.</summary>
/// <param name="MinimumWords">Shorter ones fall; the generator's own minimum counts too.</param>
/// <param name="MaximumWords">Longer ones fall; null: none.</param>
/// <param name="Languages">Codes (ISO 639-1) of those that stay; null: all.</param>
/// <param name="KeepUnknown">Whether documents whose language cannot be told stay: short ones, lists, formulas.</param>
/// <param name="DropBoilerplate">Whether notices about cookies, rights and subscriptions, menus and texts that repeat themselves fall.</param>
/// <param name="DropLinkLists">Whether documents that are mostly links fall.</param>
/// <param name="Quality">A score that documents must reach; null: none.</param>
/// <param name="NearDuplicates">Jaccard's index of word sequences from which on the later of two documents falls; null: only exact copies fall.</param>
/// <param name="NearWords">Words of such a sequence.</param>
/// <param name="Against">Evaluations whose queries and answers must not be among the seeds.</param>
/// <param name="OverlapWords">Words in a row that count as copied from an evaluation.</param>
/// <param name="Sample">Draws some of what is left; null: all of it.</param>
public sealed record SeedSettings(
    int MinimumWords = 20,
    int? MaximumWords = null,
    IReadOnlyList<string>? Languages = null,
    bool KeepUnknown = true,
    bool DropBoilerplate = true,
    bool DropLinkLists = true,
    SeedQuality? Quality = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? NearDuplicates = 0.8,
    int NearWords = 3,
    IReadOnlyList<SeedEvaluation>? Against = null,
    int OverlapWords = 13,
    SeedSample? Sample = null)
{
    /// <summary>Whether a language model scores the documents.</summary>
    [JsonIgnore]
    public bool IsJudged => Quality is { Scorer: "judge" };

    /// <param name="corpus">The seeds' own.</param>
    internal IEnumerable<string> Problems(string corpus) =>
    [
        .. SpecChecks.Range<int>("seeds.minimumWords", MinimumWords, 0, 1_000_000),
        .. SpecChecks.Range("seeds.maximumWords", MaximumWords, Math.Max(1, MinimumWords), 100_000_000),
        .. (Languages ?? []).Index().Where(one => one.Item is not { Length: 2 } || !one.Item.All(char.IsAsciiLetterLower))
            .Select(one => $"seeds.languages[{one.Index}]: expected a code of two small letters, found '{one.Item}'."),
        .. Quality?.Problems() ?? [],
        .. SpecChecks.Range("seeds.nearDuplicates", NearDuplicates, 0.5, 1),
        .. SpecChecks.Range<int>("seeds.nearWords", NearWords, 1, 20),
        .. (Against ?? []).Index().SelectMany(one => one.Item.Problems($"seeds.against[{one.Index}]", corpus)),
        .. SpecChecks.Range<int>("seeds.overlapWords", OverlapWords, 3, 100),
        .. Sample?.Problems() ?? [],
    ];
}

/// <summary>A score of quality from 0 to 5.</summary>
/// <param name="Minimum">Documents below it fall. ReasonIR takes 2, of FineWeb-Edu's classifier.</param>
/// <param name="Scorer"><c>heuristic</c> (prose, variety, letters, sentences that end), <c>model</c>, or <c>judge</c>: a language model is asked about each document
/// that the other filters leave.</param>
/// <param name="Model">For <c>model</c>: a registered classifier with one label that reads one text (as FineWeb-Edu's), whose value is the score.</param>
/// <param name="Endpoint">For <c>judge</c>: the configured endpoint that is asked; null: that of <c>llm</c>.</param>
public sealed record SeedQuality(
    double Minimum = 2, string Scorer = "heuristic", [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Model = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Endpoint = null)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range<double>("seeds.quality.minimum", Minimum, -100, 100),
        .. SpecChecks.OneOf("seeds.quality.scorer", Scorer, "heuristic", "model", "judge"),
        .. Scorer == "model" ? SpecChecks.Name("seeds.quality.model", Model) : [],
        .. SpecChecks.Length("seeds.quality.endpoint", Endpoint, 100),
        .. Endpoint is not null && Scorer != "judge" ? new[] { $"seeds.quality.endpoint: is asked by the scorer 'judge', found '{Scorer}'." } : [],
    ];
}

/// <summary>An evaluation that training data must not hold.</summary>
/// <param name="Corpus">Its corpus.</param>
/// <param name="QuerySet">Its judged query set; null: all of the corpus's.</param>
/// <param name="Scope"><c>queries</c>: their texts; <c>answers</c>: their relevant documents too, by id (of the same corpus), whole text and
/// word sequences; <c>corpus</c>: every document of the corpus too.</param>
public sealed record SeedEvaluation(string Corpus, string? QuerySet = null, string Scope = "answers")
{
    internal IEnumerable<string> Problems(string field, string corpus) =>
    [
        .. SpecChecks.Name($"{field}.corpus", Corpus),
        .. QuerySet is null ? [] : SpecChecks.Name($"{field}.querySet", QuerySet),
        .. SpecChecks.OneOf($"{field}.scope", Scope, "queries", "answers", "corpus"),
        .. Scope == "corpus" && Corpus == corpus ? new[] { $"{field}.scope: expected queries or answers, because every seed is of the corpus '{corpus}'; found 'corpus'." } : [],
    ];
}

/// <summary>A sample of seeds, with as equal a share of each stratum as there is.</summary>
/// <param name="Documents">How many.</param>
/// <param name="By"><c>none</c>, <c>length</c> (strata of equal numbers of documents), <c>topic</c> (clusters of words), or <c>metadata</c>.</param>
/// <param name="Strata">For length and topic: how many strata.</param>
/// <param name="Field">For metadata: the field whose values are the strata.</param>
public sealed record SeedSample(
    int Documents, string By = "none", int Strata = 10, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Field = null)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range<int>("seeds.sample.documents", Documents, 1, 100_000_000),
        .. SpecChecks.OneOf("seeds.sample.by", By, "none", "length", "topic", "metadata"),
        .. SpecChecks.Range<int>("seeds.sample.strata", Strata, 2, 1000),
        .. By == "metadata" && string.IsNullOrWhiteSpace(Field) ? new[] { "seeds.sample.field: expected the name of a metadata field, found none." } : [],
    ];
}
