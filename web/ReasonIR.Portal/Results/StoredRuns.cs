using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Portal.Results;

/// <summary>Reads the rankings of results from their run files.</summary>
public sealed class StoredRuns(ResultsService results)
{
    /// <summary>A result's rankings; null where it has no run file.</summary>
    public async Task<Run?> ReadAsync(long result, CancellationToken ct)
    {
        if (await results.RunFileAsync(result, ct) is not { } path || !File.Exists(path))
            return null;
        var stored = await TrecRun.ReadAsync(path, cancellation: ct);
        var run = new Run(stored.Name);
        foreach (var (query, documents) in stored)
            run.Add(Id(query), documents.Select(document => new ScoredDocument(Id(document.Id), document.Score)));
        return run;
    }

    /// <summary>Ids that hold white space stand percent-encoded in run files.</summary>
    static string Id(string id) => id.Contains('%') && Uri.UnescapeDataString(id) is var plain && plain.Any(char.IsWhiteSpace) ? plain : id;
}
