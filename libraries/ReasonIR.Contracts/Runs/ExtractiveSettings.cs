using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>Pairs cut from the documents themselves (RECIPE: a first encoder without downloads, labels or GPU).</summary>
/// <param name="Mode"><c>strategy</c>: the version stores how pairs are drawn, the trainer draws anew each step, and the stored examples are samples;
/// <c>examples</c>: the drawn examples are the data.</param>
/// <param name="Examples">How many examples are stored; null: every document once, at most 1,000 for a strategy without hard negatives.</param>
/// <param name="TitleShare">The share of pairs title to body, where a document has a title.</param>
/// <param name="KeepSentence">How often the query's sentence stays in the positive.</param>
/// <param name="Strategies">Named strategies by weight, in place of title, sentence and halves.</param>
public sealed record ExtractiveSettings(
    string Mode = "strategy", int? Examples = null, double TitleShare = 0.3, double KeepSentence = 0.1,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StrategyWeights? Strategies = null)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.OneOf("extractive.mode", Mode, "strategy", "examples"),
        .. SpecChecks.Range("extractive.examples", Examples, 1, 10_000_000),
        .. SpecChecks.Range<double>("extractive.titleShare", TitleShare, 0, 1),
        .. SpecChecks.Range<double>("extractive.keepSentence", KeepSentence, 0, 1),
        .. Strategies?.Problems("extractive.strategies") ?? [],
    ];
}

/// <summary>How often which strategy is drawn, among those that a document allows.</summary>
/// <param name="TitleBody">The title finds the body.</param>
/// <param name="SentenceRest">A sentence finds the rest of its document (inverse cloze).</param>
/// <param name="Crops">Two spans of the document, drawn independently.</param>
/// <param name="HeadingSection">A heading finds the text below it.</param>
/// <param name="KeyPhrases">A question about two key phrases finds the document.</param>
/// <param name="Links">The sentence that refers to another document finds that one.</param>
public sealed record StrategyWeights(
    double TitleBody = 0, double SentenceRest = 0, double Crops = 0, double HeadingSection = 0, double KeyPhrases = 0, double Links = 0)
{
    internal IEnumerable<string> Problems(string field)
    {
        (string Name, double Value)[] all =
        [
            ("titleBody", TitleBody), ("sentenceRest", SentenceRest), ("crops", Crops), ("headingSection", HeadingSection), ("keyPhrases", KeyPhrases), ("links", Links),
        ];
        foreach (var problem in all.SelectMany(one => SpecChecks.Range<double>($"{field}.{one.Name}", one.Value, 0, 1_000_000)))
            yield return problem;
        if (all.All(one => one.Value == 0))
            yield return $"{field}: expected a weight above 0, found none.";
    }
}
