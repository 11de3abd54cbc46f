using System.Globalization;
using System.Text;

namespace ReasonIR.Models.Export;

/// <summary>A data set that a model was trained on.</summary>
/// <param name="Name">What it is called; <c>org/name</c> where it lies on the hub, whose metadata the card then names.</param>
/// <param name="Version">Its version or revision.</param>
/// <param name="Examples">Examples that were used.</param>
public sealed record CardDataset(string Name, string? Version = null, long? Examples = null, string? License = null, string? Description = null);

/// <summary>A measured figure.</summary>
/// <param name="Dataset">Judged collection.</param>
/// <param name="Measure">e.g. <c>nDCG@10</c>.</param>
/// <param name="Base">The base's figure in the same evaluation.</param>
public sealed record CardResult(string Dataset, string Measure, double Value, double? Base = null);

/// <summary>README.md of an exported model: the metadata that the hub reads, then data, recipe, settings and results for whoever thinks of using it.</summary>
public sealed record ModelCard
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The hub's identifier (<c>apache-2.0</c>, <c>llama3.1</c>, ...), or the name of a license it does not know; null: <c>unknown</c>.</summary>
    public string? License { get; init; }

    /// <summary>Where the text of a license stands that the hub does not know.</summary>
    public string? LicenseLink { get; init; }

    /// <summary>The model it was trained from: <c>org/name</c> of the hub, or any name; null: from scratch.</summary>
    public string? BaseModel { get; init; }

    public IReadOnlyList<CardDataset> Datasets { get; init; } = [];

    /// <summary>Languages (ISO 639-1).</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>Tags beside those that every sentence-transformers model has.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Settings of the training, in order.</summary>
    public IReadOnlyList<(string Name, string Value)> Hyperparameters { get; init; } = [];

    public IReadOnlyList<CardResult> Results { get; init; } = [];

    /// <summary>The run's whole recipe, as YAML or JSON.</summary>
    public string? Recipe { get; init; }

    /// <summary>Limits and warnings, a paragraph each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Writes README.md into an exported folder, with what the folder says of itself.</summary>
    public void Write(string folder) => File.WriteAllText(Path.Combine(folder, "README.md"), ToMarkdown(CardFacts.Read(folder)));

    /// <param name="facts">What the folder itself says about the model.</param>
    public string ToMarkdown(CardFacts facts)
    {
        var text = new StringBuilder(FrontMatter.Write(this));
        text.Append(CultureInfo.InvariantCulture, $"\n# {Line(Name)}\n\n");
        if (Description is not null)
            text.Append(CultureInfo.InvariantCulture, $"{Description.Trim()}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"A sentence-transformers model{(BaseModel is null ? "" : $" trained from {BaseModel}")}: texts to vectors of {facts.Dimension} elements, compared by {facts.Similarity.ToString().ToLowerInvariant()}.\n\n");
        Table(text, "Model", ["property", "value"], facts.Rows());
        text.Append(Usage(facts));
        Table(text, "Training data", ["data set", "version", "examples", "license", "description"], Datasets.Select(d => new[]
        {
            d.Name, d.Version ?? "", d.Examples?.ToString("N0", CultureInfo.InvariantCulture) ?? "", d.License ?? "", d.Description ?? "",
        }));
        Table(text, "Settings", ["setting", "value"], Hyperparameters.Select(h => new[] { h.Name, h.Value }));
        Table(text, "Results", ["data set", "measure", "base", "this model"], Results.Select(r => new[] { r.Dataset, r.Measure, r.Base?.ToString("F4", CultureInfo.InvariantCulture) ?? "", r.Value.ToString("F4", CultureInfo.InvariantCulture) }));
        if (Recipe is not null)
            text.Append(CultureInfo.InvariantCulture, $"## Recipe\n\n{Fence(Recipe)}yaml\n{Recipe.ReplaceLineEndings("\n").Trim('\n')}\n{Fence(Recipe)}\n\n");
        if (Notes.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"## Limits\n\n{string.Join("\n\n", Notes.Select(n => n.Trim()))}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"## License\n\n{(License is null ? "Not stated; that of the base model and of the data apply." : $"{License}{(LicenseLink is null ? "" : $" ({LicenseLink})")}")}\n");
        return text.ToString();
    }

    static string Usage(CardFacts facts)
    {
        var name = facts.Prompts.Prompts.ContainsKey("query") ? ", prompt_name=\"query\"" : "";
        return $"""
            ## Usage

            ```python
            from sentence_transformers import SentenceTransformer

            model = SentenceTransformer("path/or/name/of/this/model")
            queries = model.encode(["a question"]{name})
            documents = model.encode(["a document"])
            print(model.similarity(queries, documents))
            ```


            """.ReplaceLineEndings("\n");
    }

    static void Table(StringBuilder text, string title, string[] columns, IEnumerable<string[]> rows)
    {
        var cells = rows.Select(row => row.Select(Cell).ToArray()).ToList();
        if (cells.Count == 0)
            return;
        // A column that says nothing is left out.
        int[] kept = [.. Enumerable.Range(0, columns.Length).Where(c => cells.Exists(row => row[c].Length > 0))];
        text.Append(CultureInfo.InvariantCulture, $"## {title}\n\n| {string.Join(" | ", kept.Select(c => columns[c]))} |\n|{string.Concat(kept.Select(_ => "---|"))}\n");
        foreach (var row in cells)
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", kept.Select(c => row[c]))} |\n");
        text.Append('\n');
    }

    static string Cell(string value) => Line(value).Replace("|", "\\|", StringComparison.Ordinal);

    static string Line(string value) => value.ReplaceLineEndings(" ").Trim();

    /// <summary>A fence that does not occur in the text.</summary>
    static string Fence(string text)
    {
        var fence = "```";
        while (text.Contains(fence, StringComparison.Ordinal))
            fence += "`";
        return fence;
    }
}
