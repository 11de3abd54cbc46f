using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Search.Evaluation;

/// <summary>
/// A TREC run separates its columns by white space, but ids of documents and queries may hold some (file names do): such an id is written
/// percent-encoded. Ids without white space stand as they are.
/// </summary>
public static class RunFileIds
{
    /// <summary>The run as it can be written; the same object where no id needs it.</summary>
    public static Run Escaped(Run run)
    {
        if (!run.Any(ranking => Needs(ranking.Key) || ranking.Value.Any(document => Needs(document.Id))))
            return run;
        var escaped = new Run(run.Name);
        foreach (var (query, documents) in run)
            escaped.Add(Escape(query), documents.Select(document => new ScoredDocument(Escape(document.Id), document.Score)));
        return escaped;
    }

    static string Escape(string id) => Needs(id) ? Uri.EscapeDataString(id) : id;

    static bool Needs(string id) => id.Any(char.IsWhiteSpace);
}
