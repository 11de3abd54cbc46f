using System.Globalization;
using ReasonIR.Retrieval.Comparison;
using ReasonIR.Retrieval.Measures;

namespace ReasonIR.Check.Comparing;

/// <summary>The arguments of <c>compare</c>.</summary>
sealed record CompareOptions(string Qrels, IReadOnlyList<string> Runs, string Measure, PairTest Test, PairCorrection Correction, double Level, bool Json)
{
    public const string Usage = """
        usage: reasonir compare QRELS RUN RUN... [--measure NAME] [--test t|wilcoxon|randomization] [--correction holm|bh|bonferroni|none] [--level 0.05] [--json]
        QRELS in TREC's form or BEIR's TSV with a header; RUN in TREC's form; both may be gzip. Without a database.
        """;

    /// <exception cref="ArgumentException">Names the argument and what was expected.</exception>
    public static CompareOptions Parse(IReadOnlyList<string> args)
    {
        var files = new List<string>();
        var options = new CompareOptions("", [], "ndcg_cut_10", PairTest.T, PairCorrection.Holm, 0.05, false);
        var i = 0;
        for (; i < args.Count; i++)
            options = args[i] switch
            {
                "--json" => options with { Json = true },
                "--measure" => options with { Measure = MeasureSet.Parse(Value()).Names[0] },
                "--test" => options with { Test = Value() switch { "t" => PairTest.T, "wilcoxon" => PairTest.Wilcoxon, "randomization" => PairTest.Randomization, var other => throw Unknown("--test", other, "t, wilcoxon or randomization") } },
                "--correction" => options with
                {
                    Correction = Value() switch { "holm" => PairCorrection.Holm, "bh" => PairCorrection.BenjaminiHochberg, "bonferroni" => PairCorrection.Bonferroni, "none" => PairCorrection.None, var other => throw Unknown("--correction", other, "holm, bh, bonferroni or none") },
                },
                "--level" => options with { Level = double.TryParse(Value(), NumberStyles.Float, CultureInfo.InvariantCulture, out var level) && level is > 0 and < 1 ? level : throw Unknown("--level", args[i], "a number between 0 and 1") },
                ['-', '-', ..] => throw new ArgumentException($"unknown option {args[i]}\n{Usage}"),
                _ => Add(options),
            };
        if (files.Count < 3)
            throw new ArgumentException($"expected QRELS and at least two runs, found {files.Count} files\n{Usage}");
        return options with { Qrels = files[0], Runs = files[1..] };

        string Value() => ++i < args.Count ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value\n{Usage}");

        CompareOptions Add(CompareOptions same)
        {
            files.Add(args[i]);
            return same;
        }
    }

    static ArgumentException Unknown(string option, string found, string expected) => new($"{option} {found}: expected {expected}");
}
