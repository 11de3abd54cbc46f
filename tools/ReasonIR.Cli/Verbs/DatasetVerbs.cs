using System.CommandLine;
using ReasonIR.Cli.Output;

namespace ReasonIR.Cli.Verbs;

/// <summary>Datasets: list, look into.</summary>
public static class DatasetVerbs
{
    /// <summary><c>datasets</c>.</summary>
    public static Command List() => new Command("datasets", "Lists dataset versions.").Does(async (parse, session, ct) =>
        Printer.Print(parse, await session.Client.DatasetsAsync(ct), versions =>
        {
            var table = Printer.Table("dataset", "#version", "kind", "generator", "corpus", "#examples", "complete");
            foreach (var version in versions)
                table.Row(version.Dataset, version.Version, version.Kind, version.Generator, version.Corpus, version.Examples, version.Sealed ? "yes" : "no");
            return table;
        }));

    /// <summary><c>examples DATASET VERSION</c>.</summary>
    public static Command Examples()
    {
        var dataset = new Argument<string>("dataset") { Description = "The dataset." };
        var version = new Argument<int>("version") { Description = "Its version." };
        var take = new Option<int>("--take") { Description = "How many.", DefaultValueFactory = _ => 10 };
        return new Command("examples", "Shows training examples.") { dataset, version, take }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Client.ExamplesAsync(parse.GetValue(dataset)!, parse.GetValue(version), 0, parse.GetValue(take), ct), page =>
            {
                var table = Printer.Table("#", "query", "positive", "negatives");
                foreach (var example in page.Items)
                    table.Row(example.Ordinal, Cut(example.Query), Cut(example.Positives.FirstOrDefault()?.Text), string.Join(" | ", example.Negatives.Select(text => Cut(text.Text))));
                return table;
            }));
    }

    static string Cut(string? text) => text is null ? "" : text.Length > 120 ? text[..120] + "…" : text;
}
