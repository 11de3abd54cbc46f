using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Portal.Datasets.Reports;

namespace ReasonIR.Portal.Datasets.Lineage;

/// <summary>From an example back to its document, prompts, calls and cost.</summary>
public sealed class ExampleLineages(IDbContextFactory<ExperimentsDb> databases, DatasetsService versions)
{
    const int ShownCharacters = 500, MostCalls = 20, MostTexts = 20;

    /// <summary>The lineage of an example; null where there is no such version or example.</summary>
    public async Task<ExampleLineage?> ReadAsync(DatasetReference reference, int ordinal, CancellationToken ct)
    {
        if (await versions.ResolveAsync(reference, ct) is not { } version)
            return null;
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await db.Examples.AsNoTracking().SingleOrDefaultAsync(row => row.DatasetVersionId == version.Id && row.Ordinal == ordinal, ct) is not { } example)
            return null;
        var metadata = example.TryReadMetadata();
        var run = await DatasetQualityService.OriginRunAsync(db, version, ct);
        var prompts = Prompts(example, metadata);
        var calls = await CallsAsync(db, example, prompts, run, ct);
        return new(
            DatasetsService.Describe(example), await DocumentAsync(db, version, example, ct), run, prompts, calls, calls.DistinctBy(call => call.Id).Sum(call => call.Cost),
            example.Metadata is null ? null : JsonSerializer.Deserialize<JsonElement>(example.Metadata), metadata.Review?.From);
    }

    static IReadOnlyList<PromptCount> Prompts(Example example, ExampleMetadata metadata)
    {
        var named = metadata.Synthesis?.Prompts ?? new Dictionary<string, string>();
        var prompts = named.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new PromptCount(pair.Key, pair.Value, 1)).ToList();
        if (example.PromptHash is { } only && !named.Values.Contains(only))
            prompts.Add(new("", only, 1));
        return prompts;
    }

    static async Task<SourceDocument?> DocumentAsync(ExperimentsDb db, DatasetVersion version, Example example, CancellationToken ct) =>
        version.CorpusId is null || example.SourceDocumentId is null ? null
        : await db.Documents.AsNoTracking().Where(row => row.CorpusId == version.CorpusId && row.ExternalId == example.SourceDocumentId)
            .Select(row => new SourceDocument(version.Corpus!.Name, row.ExternalId, row.Title, row.Text.Substring(0, ShownCharacters))).SingleOrDefaultAsync(ct);

    /// <summary>
    /// Calls whose answer holds a text of the example. A call is not stored with its examples (an answer may serve several runs), so they are found by the text:
    /// among the calls of the run that made the version, or where an earlier run paid for them, among all with one of the example's prompts.
    /// </summary>
    static async Task<IReadOnlyList<CallInfo>> CallsAsync(ExperimentsDb db, Example example, IReadOnlyList<PromptCount> prompts, long? run, CancellationToken ct)
    {
        var hashes = prompts.Select(prompt => prompt.Hash).ToList();
        if (hashes.Count == 0)
            return [];
        var runs = run is { } id ? await CallCosts.FamilyAsync(db, id, ct) : [];
        var found = new List<CallInfo>();
        foreach (var (what, text) in Texts(example))
        {
            if (found.Count >= MostCalls || Fragment(text) is not { } fragment)
                continue;
            var calls = db.LlmCalls.AsNoTracking().Where(call => hashes.Contains(call.PromptHash) && call.Response.Contains(fragment));
            var own = await Read(calls.Where(call => call.RunId != null && runs.Contains(call.RunId.Value)), what);
            found.AddRange(own.Count > 0 ? own : await Read(calls, what));
        }
        return found;

        async Task<List<CallInfo>> Read(IQueryable<Experiments.Language.LlmCall> calls, string what) => await calls.OrderBy(call => call.Id).Take(MostCalls - found.Count)
            .Select(call => new CallInfo(call.Id, what, call.Purpose, call.Model, call.PromptHash, call.PromptTokens, call.CompletionTokens, call.Cost, call.Milliseconds, call.CreatedAt, call.RunId)).ToListAsync(ct);
    }

    static IEnumerable<(string What, string Text)> Texts(Example example) =>
    [
        ("query", example.Query),
        .. example.Positives.Take(MostTexts).Select((passage, i) => ($"positive {i + 1}", passage.Text)),
        .. example.Negatives.Take(MostTexts).Select((passage, i) => ($"negative {i + 1}", passage.Text)),
    ];

    /// <summary>The longest stretch of a text, 200 characters at most, that stands in JSON as it is: without quotes, backslashes, line ends and letters that servers may escape. Null where none is long enough to tell texts apart.</summary>
    internal static string? Fragment(string text)
    {
        const int shortest = 20, longest = 200;
        var (best, start, length) = (0, 0, 0);
        for (var i = 0; i <= text.Length && length < longest; i++)
        {
            if (i < text.Length && text[i] is >= ' ' and <= '~' and not ('"' or '\\' or '/' or '<' or '>' or '&' or '\'' or '+'))
                continue;
            if (i - best > length)
                (start, length) = (best, i - best);
            best = i + 1;
        }
        length = Math.Min(length, longest);
        return length < shortest ? null : text.Substring(start, length);
    }
}
