using System.Text.Json;

namespace ReasonIR.Retrieval.Runs;

/// <summary>BRIGHT's <c>examples</c>: one JSON object a line, gzip or not, with <c>id</c> and columns of document ids.</summary>
public static class BrightExamples
{
    /// <summary>What stands for "none" in BRIGHT's id columns.</summary>
    const string None = "N/A";

    /// <summary>Reads the documents that each query excludes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="column">The column with the ids; <c>"N/A"</c> in it means none.</param>
    /// <exception cref="DataFileException">A line that is not such an object; a query id that occurs twice.</exception>
    public static async Task<Exclusions> ReadExclusionsAsync(
        string path, string column = "excluded_ids", ReadLimits? limits = null, CancellationToken cancellation = default)
    {
        var exclusions = new Exclusions();
        await ReadAsync(path, column, exclusions.Add, limits, cancellation);
        return exclusions;
    }

    /// <summary>Reads the gold documents of each query as judgments of grade 1; repeated ids count once.</summary>
    /// <param name="column"><c>gold_ids</c>, or <c>gold_ids_long</c> for the long documents.</param>
    public static async Task<Judgments> ReadJudgmentsAsync(
        string path, string column = "gold_ids", ReadLimits? limits = null, CancellationToken cancellation = default)
    {
        var judgments = new Judgments();
        await ReadAsync(path, column, (query, documents) =>
        {
            foreach (var document in documents)
                judgments.TryAdd(query, document, 1);
        }, limits, cancellation);
        return judgments;
    }

    static async Task ReadAsync(
        string path, string column, Action<string, List<string>> add, ReadLimits? limits, CancellationToken cancellation)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await DataLines.ReadAsync(path, limits ?? ReadLimits.Documents, (line, number) =>
        {
            if (line.IndexOfAnyExcept(" \t\r"u8) < 0)
                return;
            JsonElement example;
            try
            {
                example = JsonElement.Parse(line);
            }
            catch (JsonException e)
            {
                throw new DataFileException(path, number, $"not JSON: {e.Message}", e);
            }
            if (example.ValueKind != JsonValueKind.Object || !example.TryGetProperty("id", out var id)
                || id.ValueKind != JsonValueKind.String)
                throw new DataFileException(path, number, "expected an object with a string \"id\"");
            if (!example.TryGetProperty(column, out var ids) || ids.ValueKind != JsonValueKind.Array
                || ids.EnumerateArray().Any(document => document.ValueKind != JsonValueKind.String))
                throw new DataFileException(path, number, $"expected \"{column}\" as an array of strings");
            var query = id.GetString()!;
            if (!seen.Add(query))
                throw new DataFileException(path, number, $"query {query} occurs twice");
            add(query, [.. ids.EnumerateArray().Select(document => document.GetString()!).Where(document => document != None)]);
        }, cancellation);
    }
}
