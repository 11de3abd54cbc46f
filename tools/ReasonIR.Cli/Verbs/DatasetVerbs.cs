using System.CommandLine;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Datasets;

namespace ReasonIR.Cli.Verbs;

/// <summary>Datasets: list, look into.</summary>
public static class DatasetVerbs
{
    /// <summary><c>dataset VERB</c>.</summary>
    public static Command Create()
    {
        var dataset = new Command("dataset", "Dataset versions: files in and out, cards, reports, differences, reviews.");
        foreach (var verb in DatasetFileVerbs.Create().Concat(DatasetQualityVerbs.Create()).Concat(DatasetReviewVerbs.Create()))
            dataset.Subcommands.Add(verb);
        return dataset;
    }

    /// <summary>The argument <c>NAME[@VERSION]</c>.</summary>
    public static Argument<DatasetReference> Reference(string name = "dataset") => new(name)
    {
        Description = "The dataset, NAME or NAME@VERSION (default: the newest complete version).",
        CustomParser = result =>
        {
            try
            {
                return DatasetReference.Parse(result.Tokens[0].Value, name);
            }
            catch (ArgumentException e)
            {
                result.AddError(e.Message);
                return default;
            }
        },
    };

    /// <summary>The first letters of a text, on one line.</summary>
    public static string Cut(string? text)
    {
        var line = (text ?? "").ReplaceLineEndings(" ");
        return line.Length > 120 ? line[..120] + "…" : line;
    }

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
}
