using System.Text;
using System.Text.Json;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Portal.Datasets.Exports;
using static ReasonIR.Portal.Datasets.Cards.CardText;

namespace ReasonIR.Portal.Datasets.Cards;

/// <summary>What a card tells.</summary>
/// <param name="Spec">How the version was made, JSON.</param>
/// <param name="Form">The form of the file beside the card.</param>
/// <param name="Negatives">Its columns of negatives.</param>
/// <param name="Lossy">Whether columns leave out what they cannot hold.</param>
public sealed record CardFacts(DatasetQuality Quality, string Description, string Spec, IReadOnlyList<CardSource> Sources, ExportForm Form, int Negatives, bool Lossy);

/// <summary>Writes a dataset card: YAML front matter as the Hugging Face hub defines it, then what is known, and what is not.</summary>
public static class DatasetCard
{
    /// <summary>The card.</summary>
    public static string Write(CardFacts card)
    {
        var text = new StringBuilder();
        FrontMatter(text, card);
        var (version, report) = (card.Quality.Version, card.Quality.Report);
        text.Append("# ").Append(Cell(version.Dataset)).Append(", version ").Append(version.Version).Append("\n\n");
        if (card.Description.Length > 0)
            text.Append(Cell(card.Description)).Append("\n\n");
        text.Append("Training data for retrievers: ").Append(Count(report.Examples)).Append(" examples of a query, texts that help with it, and texts that only seem to. ")
            .Append(version.Kind == "strategy" ? "**The version is a rule that draws pairs from a corpus anew in each training step; what is stored are samples of it.** " : "")
            .Append(version.Generator == "extractive" ? "No language model wrote them: they are cut from documents. " : "")
            .Append("Whether training on them helps has to be measured; this card does not claim it.\n\n");
        CardContents.File(text, card);
        CardContents.Numbers(text, report);
        CardContents.Origin(text, card);
        CardContents.Quality(text, card.Quality);
        CardContents.Reproduce(text, card);
        return text.ToString();
    }

    static void FrontMatter(StringBuilder text, CardFacts card)
    {
        var licenses = card.Sources.Select(source => source.License).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        text.Append("---\npretty_name: ").Append(Yaml($"{card.Quality.Version.Dataset}, version {card.Quality.Version.Version}")).Append('\n');
        // One license can only be stated where every source of texts has it.
        if (licenses.Count == 1 && card.Sources.Where(source => source.Kind != "dataset").All(source => source.License is not null))
            text.Append("license: ").Append(Yaml(licenses[0])).Append('\n');
        else
            text.Append("license: other\nlicense_name: ").Append(licenses.Count == 0 ? "not-recorded" : "several-see-below").Append('\n');
        text.Append("task_categories:\n- text-retrieval\n- sentence-similarity\ntags:\n- reasonir\n- ").Append(Yaml(card.Quality.Version.Generator)).Append('\n');
        if (card.Quality.Version.Generator == "llm")
            text.Append("- synthetic\n");
        text.Append("size_categories:\n- ").Append(Size(card.Quality.Report.Examples)).Append('\n');
        text.Append("configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: ").Append(card.Form.File).Append("\n---\n\n");
    }

    static string Size(int examples) => examples switch
    {
        < 1_000 => "n<1K", < 10_000 => "1K<n<10K", < 100_000 => "10K<n<100K", < 1_000_000 => "100K<n<1M", < 10_000_000 => "1M<n<10M", _ => "10M<n<100M",
    };

    /// <summary>JSON with line ends.</summary>
    internal static string Indented(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement, new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
