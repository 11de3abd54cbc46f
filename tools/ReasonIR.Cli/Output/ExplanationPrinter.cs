using System.Globalization;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Cli.Output;

/// <summary>Prints BM25's scores term by term.</summary>
public static class ExplanationPrinter
{
    /// <summary>A paragraph for each hit that has an explanation.</summary>
    public static void Write(IReadOnlyList<SearchHit> hits, TextWriter output)
    {
        foreach (var hit in hits)
        {
            if (hit.Bm25 is not { } explained)
                continue;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{hit.Rank}. {hit.DocumentId}: BM25 {explained.Score:0.0000} ({explained.Settings.Variant}, k1 {explained.Settings.K1}, b {explained.Settings.B}; {explained.Length} tokens, average {explained.AverageLength:0.0})"));
            foreach (var term in explained.Terms)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"   {term.Score,9:0.0000}  {term.Term}: {term.Occurrences} x here, {term.QueryOccurrences} x in the query, in {term.DocumentFrequency} documents, idf {term.Idf:0.0000}"));
        }
    }
}
