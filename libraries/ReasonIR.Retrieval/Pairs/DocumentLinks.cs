using System.Text.Json;
using System.Text.RegularExpressions;

namespace ReasonIR.Retrieval.Pairs;

/// <summary>A place where a document refers to another one.</summary>
/// <param name="Query">The sentence that refers, without the reference's markup; the document's title and first sentence where metadata refer.</param>
/// <param name="Target">The document that is meant.</param>
public sealed record PairLink(string Query, PairDocument Target);

/// <summary>
/// Finds which documents of a corpus refer to which: by Markdown's <c>[text](id)</c> and <c>[[id or title]]</c>, by the metadata fields
/// <c>links</c>, <c>references</c>, <c>citations</c> and <c>cites</c> (ids, or objects with an <c>id</c>), and by another document's title
/// of three words or more in the text. Memory: the ids and titles.
/// </summary>
public sealed partial class DocumentLinks
{
    /// <summary>Links of one document at most; further ones are passed over.</summary>
    public const int MostLinks = 64;

    const int FewestTitleWords = 3, MostTitleWords = 12, FewestQueryWords = 4;

    static readonly string[] Fields = ["links", "references", "citations", "cites"];

    readonly Dictionary<string, string> names = new(StringComparer.OrdinalIgnoreCase);
    readonly Dictionary<string, string> titles = new(StringComparer.OrdinalIgnoreCase);
    readonly HashSet<string> ids = new(StringComparer.Ordinal);
    int longest;

    /// <summary>Makes a document known as a target.</summary>
    public void Add(string id, string? title)
    {
        ids.Add(id);
        names.TryAdd(id, id);
        // Markdown names a file with or without its folder and ending.
        names.TryAdd(Path.GetFileNameWithoutExtension(id), id);
        if (string.IsNullOrWhiteSpace(title))
            return;
        names.TryAdd(title.Trim(), id);
        var words = WordsOf(title);
        if (words.Count is < FewestTitleWords or > MostTitleWords)
            return;
        titles.TryAdd(string.Join(' ', words), id);
        longest = Math.Max(longest, words.Count);
    }

    /// <summary>The references of a document: what it says there, and to which id.</summary>
    /// <param name="metadata">A JSON object or null.</param>
    public IReadOnlyList<(string Query, string TargetId)> Of(string id, string? title, string text, string? metadata)
    {
        var found = new List<(string Query, string TargetId)>();
        var sentences = SentenceSplitter.Split(text);
        foreach (var sentence in sentences)
        {
            var plain = Markup().Replace(sentence, match => match.Groups[match.Groups["text"].Success ? "text" : "target"].Value);
            foreach (Match match in Markup().Matches(sentence))
                if (Named(match.Groups["target"].Value) is { } target)
                    Add(plain, target);
            foreach (var target in Titles(plain))
                Add(plain, target);
        }
        var opening = string.Join(' ', sentences.Take(1).Prepend(title).Where(part => !string.IsNullOrWhiteSpace(part)));
        foreach (var target in Stated(metadata))
            Add(opening, target);
        return found;

        void Add(string query, string target)
        {
            if (target != id && found.Count < MostLinks && SentenceSplitter.SplitWords(query).Length >= FewestQueryWords && !found.Contains((query, target)))
                found.Add((query, target));
        }
    }

    /// <summary>The documents with their links to others of the list.</summary>
    /// <param name="metadata">A document's metadata, by its place in the list.</param>
    public static IReadOnlyList<PairDocument> Resolve(IReadOnlyList<PairDocument> documents, Func<int, string?> metadata)
    {
        var known = new DocumentLinks();
        var byId = new Dictionary<string, PairDocument>(StringComparer.Ordinal);
        foreach (var document in documents)
        {
            known.Add(document.Id, document.Title);
            byId.TryAdd(document.Id, document);
        }
        return [.. documents.Select((document, place) => document with
        {
            Links = [.. known.Of(document.Id, document.Title, document.Text, metadata(place)).Select(link => new PairLink(link.Query, byId[link.TargetId]))],
        })];
    }

    string? Named(string target)
    {
        var name = Uri.UnescapeDataString(target.Split('#', '|')[0].Trim());
        return name.Length == 0 || name.Contains("://", StringComparison.Ordinal) ? null
            : names.TryGetValue(name, out var id) || names.TryGetValue(Path.GetFileNameWithoutExtension(name), out id) ? id : null;
    }

    IEnumerable<string> Titles(string sentence)
    {
        if (titles.Count == 0)
            yield break;
        var words = WordsOf(sentence);
        for (var start = 0; start < words.Count; start++)
            for (var length = Math.Min(longest, words.Count - start); length >= FewestTitleWords; length--)
                if (titles.TryGetValue(string.Join(' ', words.GetRange(start, length)), out var id))
                {
                    yield return id;
                    start += length - 1;
                    break;
                }
    }

    IEnumerable<string> Stated(string? metadata)
    {
        if (string.IsNullOrWhiteSpace(metadata))
            yield break;
        using var json = JsonDocument.Parse(metadata);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            yield break;
        foreach (var field in Fields)
            if (json.RootElement.TryGetProperty(field, out var list) && list.ValueKind == JsonValueKind.Array)
                foreach (var item in list.EnumerateArray())
                    if ((item.ValueKind == JsonValueKind.Object && item.TryGetProperty("id", out var own) ? own : item) is var name
                        && name.ValueKind is JsonValueKind.String or JsonValueKind.Number && ids.Contains(name.ToString()))
                        yield return name.ToString();
    }

    static List<string> WordsOf(string text) => [.. Word().Matches(text).Select(match => match.Value)];

    [GeneratedRegex("""\[\[(?<target>[^\]\r\n|]{1,200})(?:\|(?<text>[^\]\r\n]{1,200}))?\]\]|\[(?<text>[^\]\r\n]{1,200})\]\((?<target>[^)\s]{1,300})\)""", RegexOptions.CultureInvariant)]
    private static partial Regex Markup();

    [GeneratedRegex(@"[\p{L}\p{N}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
