using System.Text;
using ReasonIR.Contracts.Datasets;
using static ReasonIR.Portal.Datasets.Cards.CardText;

namespace ReasonIR.Portal.Datasets.Cards;

/// <summary>The sections of a dataset card.</summary>
static class CardContents
{
    public static void File(StringBuilder text, CardFacts card)
    {
        text.Append("## File\n\n`").Append(card.Form.File).Append("`: ").Append(card.Form.Name switch
        {
            "plain" => "a JSON object a line, `query`, `pos`, `neg` (lists of texts), with `pos_id`, `neg_id`, `weight` and `reasoned` where there are any.",
            "instruct" => "a JSON object a line, `query`, `pos`, `neg`, each text as `[instruction, text]`.",
            "flagembedding" => "a JSON object a line, `query`, `pos`, `neg`, `pos_scores`, `neg_scores`, `prompt`.",
            "parquet" => "Parquet (snappy), a row an example, with all texts, ids, scores and how each was made (`metadata`, JSON).",
            _ => $"{(card.Form.Parquet ? "Parquet (snappy)" : "a JSON object a line")}, the columns `anchor`, `positive`{(card.Negatives == 0 ? "" : card.Negatives == 1 ? ", `negative`" : $", `negative_1` to `negative_{card.Negatives}`")}, as sentence-transformers reads them; a row for each positive of an example.",
        }).Append("\n\n");
        if (card.Form.Columns && card.Lossy)
            text.Append("Columns hold texts alone: instructions, scores, weights and reasoned queries of the examples are not in this file, and neither are examples with fewer than ")
                .Append(card.Negatives).Append(" negatives.\n\n");
    }

    public static void Numbers(StringBuilder text, DatasetReport report)
    {
        text.Append("## Numbers\n\nLengths are in words (runs of letters and digits).\n\n");
        Table(text, ["text", "number", "least", "mean", "median", "95 %", "most"], report.Lengths.Select(length => new[]
        {
            length.Of, Count(length.Texts), Count(length.Least), Number(Math.Round(length.Mean, 1)), Count(length.Median), Count(length.P95), Count(length.Most),
        }));
        Table(text, ["hard negatives of an example", "examples"], report.NegativesEach.Select(bin => new[] { bin.Name, Count(bin.Count) }));
        if (report.Sources.Documents > 0)
            text.Append("They come from ").Append(Count(report.Sources.Documents)).Append(" documents; of the one with the most there are ").Append(Count(report.Sources.MostExamples)).Append(".\n\n");
        if (report.DifferentInstructions > 0)
            text.Append("Different instructions: ").Append(Count(report.DifferentInstructions)).Append(", most often:\n\n");
        foreach (var instruction in report.Instructions.Take(5))
            text.Append("- ").Append(Cell(instruction.Name)).Append(" (").Append(Count(instruction.Count)).Append(")\n");
        if (report.Instructions.Count > 0)
            text.Append('\n');
    }

    public static void Origin(StringBuilder text, CardFacts card)
    {
        var report = card.Quality.Report;
        text.Append("## Origin\n\n");
        Table(text, ["made by", "examples"], report.Generators.Select(row => new[] { Cell(row.Name), Count(row.Count) }));
        Table(text, ["step", "examples"], report.Steps.Select(row => new[] { Cell(row.Name), Count(row.Count) }));
        Table(text, ["prompt", "SHA-256", "examples"], report.Prompts.Select(row => new[] { row.Name.Length == 0 ? "not named" : Cell(row.Name), $"`{Cell(row.Hash)}`", Count(row.Examples) }));
        var cost = card.Quality.Cost;
        if (cost.Calls > 0)
        {
            text.Append("Calls to language models: ").Append(Count(cost.Calls)).Append(", ").Append(Count(cost.InputTokens)).Append(" tokens in, ").Append(Count(cost.OutputTokens))
                .Append(" out, cost ").Append(Cost(cost.Cost)).Append(" by the prices that were configured").Append(cost.Cost == 0 ? " (none were, or the server is free)" : "").Append(". Answers that an earlier run had paid for are not counted.\n\n");
            Table(text, ["purpose", "model", "prompt", "calls", "tokens in", "tokens out", "cost"], cost.By.Select(row => new[]
            {
                Cell(row.Purpose), Cell(row.Model), $"`{(row.PromptHash.Length > 12 ? row.PromptHash[..12] : row.PromptHash)}`", Count(row.Calls), Count(row.InputTokens), Count(row.OutputTokens), Cost(row.Cost),
            }));
        }
        text.Append("## Sources and licenses\n\n");
        Table(text, ["source", "name", "from", "license", "content hash"], card.Sources.Select(source => new[]
        {
            source.Kind, Cell(source.Name), Cell(source.Origin ?? "not recorded"), Cell(source.License ?? (source.Kind == "dataset" ? "that of its sources" : "not recorded")), source.Hash is { Length: > 0 } hash ? $"`{hash[..Math.Min(16, hash.Length)]}`" : "",
        }));
        text.Append(card.Sources.Count == 0 ? "No source is recorded.\n\n" : "Where no license is recorded, find out before you pass the texts on. Terms of the language models that wrote texts apply as well.\n\n");
    }

    public static void Quality(StringBuilder text, DatasetQuality quality)
    {
        var (report, same) = (quality.Report, quality.Report.Duplicates);
        text.Append("## Quality\n\n");
        Table(text, ["what", "examples"],
        [
            ["query equals an earlier one", Count(same.SameQuery)], ["whole example equals an earlier one", Count(same.SameExample)],
            [$"query near an earlier one (Jaccard {Number(same.Threshold)} of its words{(same.Estimated ? ", estimated" : "")}{(same.Compared < report.Examples ? $", the first {Count(same.Compared)} compared" : "")})", Count(same.NearQuery)],
            ["a positive is also a hard negative", Count(same.PositiveIsNegative)], ["query stands word for word in a positive", Count(same.QueryIsPositive)],
        ]);
        if (report.Difficulty is { } difficulty)
            Table(text, [$"best BM25 rank of a positive ({Count(difficulty.Measured)} examples measured)", "examples"], difficulty.Bm25Positive.Select(bin => new[] { bin.Name, Count(bin.Count) }));
        if (report.Judge is { } judge)
        {
            foreach (var (what, grades) in new[] { ("query", judge.Query), ("positive", judge.Positive), ("negative", judge.Negative) })
                Table(text, [$"judge's grade of the {what}", "number"], grades.Select(bin => new[] { bin.Name, Count(bin.Count) }));
            if (judge.Kappa is { } kappa)
                text.Append("Two judges on ").Append(Count(judge.Second)).Append(" passages: Cohen's kappa ").Append(Number(kappa)).Append(judge.WeightedKappa is { } weighted ? $", with quadratic weights {Number(weighted)}" : "").Append(".\n\n");
        }
        text.Append("### Contamination\n\n");
        if (quality.Contamination.Count == 0)
            text.Append("**not checked**: nobody compared these examples with an evaluation.\n\n");
        Table(text, ["evaluation", "level", "found", "report of"], quality.Contamination.Select(found => new[]
        {
            Cell($"{found.Corpus}/{found.QuerySet}"), $"**{found.Summary.Level}**{(found.Current ? "" : " (outdated)")}", Cell(found.Summary.Words), found.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
        }));
        if (quality.Reviews.Count == 0)
            return;
        text.Append("### Reviews of this version\n\n");
        Table(text, ["reviewer", "accepted", "rejected", "edited", "tagged"], quality.Reviews.Select(one => new[] { Cell(one.Author), Count(one.Accepted), Count(one.Rejected), Count(one.Edited), Count(one.Tagged) }));
    }

    public static void Reproduce(StringBuilder text, CardFacts card)
    {
        var version = card.Quality.Version;
        text.Append("## How it was made, and how to make it again\n\nBy ReasonIR, ").Append(version.RunId is { } run ? $"run {run}, " : "").Append("from this specification (SHA-256 `").Append(version.SpecHash).Append("`):\n\n```json\n")
            .Append(DatasetCard.Indented(card.Spec)).Append("\n```\n\n");
        text.Append("```\n./reasonir dataset report ").Append(version.Dataset).Append('@').Append(version.Version).Append("\n./reasonir dataset export ").Append(version.Dataset).Append('@').Append(version.Version)
            .Append(" FOLDER --format ").Append(card.Form.Name).Append(card.Form.Columns ? $" --negatives {card.Negatives}" : "").Append(card.Form.Columns && card.Lossy ? " --lossy" : "").Append("\n```\n");
    }
}
