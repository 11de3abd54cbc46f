using System.Globalization;
using ReasonIR.Retrieval.Measures;

namespace ReasonIR.Check.Measuring;

/// <summary>What <c>measure</c> was asked for.</summary>
/// <param name="Qrels">The judgments: TREC qrels, BEIR's TSV or BRIGHT's examples.</param>
/// <param name="Runs">TREC runs.</param>
/// <param name="Measures">What to measure.</param>
/// <param name="Exclude">BRIGHT's examples with the documents that each query excludes; null: none.</param>
/// <param name="Cut">Documents kept of each ranking after the exclusions; null: all.</param>
/// <param name="All">Whether queries that a run lacks count as 0.</param>
/// <param name="PerQuery">Whether each query gets a line.</param>
/// <param name="Json">Whether to print JSON.</param>
/// <param name="By">What makes a document's rank.</param>
/// <param name="Gold">The column of BRIGHT's examples that holds the judgments.</param>
sealed record MeasureOptions(
    string Qrels, IReadOnlyList<string> Runs, MeasureSet Measures, string? Exclude, int? Cut, bool All, bool PerQuery, bool Json, RankBy By, string Gold)
{
    public const string Usage = """
        measure QRELS RUN... [--measures NAME,...|all] [--per-query] [--all-queries] [--exclude EXAMPLES] [--depth N] [--by score|place] [--long] [--json]
          QRELS     TREC qrels, BEIR's TSV, or BRIGHT's examples (.jsonl, plain or .gz)
          RUN       TREC runs, plain or .gz
          --all-queries  queries that a run lacks count as 0 (trec_eval -c)
          --exclude      BRIGHT's examples: their excluded_ids leave the rankings before the cut
          --depth        documents kept of each ranking after that
          --by place     rank as the file lists the documents, not by score and id
          --long         BRIGHT's judgments of the long documents
        """;

    /// <exception cref="ArgumentException">The arguments are not those above.</exception>
    public static MeasureOptions Parse(IReadOnlyList<string> arguments)
    {
        var files = new List<string>();
        var options = new MeasureOptions("", files, MeasureSet.Leaderboard, null, null, false, false, false, RankBy.Score, "gold_ids");
        for (var i = 0; i < arguments.Count; i++)
            options = arguments[i] switch
            {
                "--per-query" => options with { PerQuery = true },
                "--all-queries" => options with { All = true },
                "--json" => options with { Json = true },
                "--long" => options with { Gold = "gold_ids_long" },
                "--measures" => options with { Measures = Value(ref i) is "all" ? MeasureSet.Stored : MeasureSet.Parse(arguments[i].Split(',', StringSplitOptions.TrimEntries)) },
                "--exclude" => options with { Exclude = Value(ref i) },
                "--depth" => options with
                {
                    Cut = int.TryParse(Value(ref i), NumberStyles.None, CultureInfo.InvariantCulture, out var depth) && depth > 0 ? depth
                        : throw new ArgumentException($"--depth {arguments[i]}: expected a number from 1."),
                },
                "--by" => options with { By = Value(ref i) switch { "score" => RankBy.Score, "place" => RankBy.Place, var by => throw new ArgumentException($"--by {by}: expected score or place.") } },
                ['-', '-', ..] unknown => throw new ArgumentException($"unknown option {unknown}."),
                var file => Add(options, file),
            };
        if (files.Count < 2)
            throw new ArgumentException("expected judgments and at least one run.");
        return options with { Qrels = files[0], Runs = files[1..] };

        MeasureOptions Add(MeasureOptions before, string file)
        {
            files.Add(file);
            return before;
        }

        string Value(ref int i) => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"{arguments[i - 1]} needs a value.");
    }
}
