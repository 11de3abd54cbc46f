using System.Globalization;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Cli.Output;

/// <summary>Writes what each stage of a search gave.</summary>
public static class StagePrinter
{
    const int Documents = 5;

    /// <summary>A paragraph a stage.</summary>
    public static void Write(IReadOnlyList<SearchStage> stages, TextWriter to)
    {
        foreach (var stage in stages)
        {
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stage.Name}: {stage.Milliseconds:0.0} ms"));
            foreach (var (name, value) in stage.Notes ?? new Dictionary<string, double>())
                to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name} {value:0.####}"));
            foreach (var text in stage.Texts ?? [])
                to.WriteLine($"  {text.ReplaceLineEndings("\n  ")}");
            foreach (var document in (stage.Documents ?? []).Take(Documents))
                to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {document.Score,10:0.0000}  {document.Id}"));
        }
    }
}
