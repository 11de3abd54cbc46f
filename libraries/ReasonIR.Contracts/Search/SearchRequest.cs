using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Search;

/// <summary>A query to one system over one corpus.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="Query">The query's text, at most 100,000 characters.</param>
/// <param name="System">The system that answers.</param>
/// <param name="Top">Documents wanted, 1 to 1000.</param>
/// <param name="Exclude">Document ids removed before the cut.</param>
/// <param name="Filter">Conditions on the documents' metadata, all of which must be met, before the cut, whatever the system.</param>
/// <param name="Explain">Whether each stage shows what it gave (texts looked up, its best documents), and BM25 what each term adds to a hit.</param>
public sealed record SearchRequest(
    string Corpus, string Query, SystemSpec System, int Top = 10, IReadOnlyList<string>? Exclude = null, bool Explain = false, IReadOnlyList<SearchCondition>? Filter = null);

/// <summary>A condition on one field of the metadata: some values, or a range of numbers.</summary>
/// <param name="Key">The field; one inside another is <c>outer.inner</c>.</param>
/// <param name="In">The field has one of these texts, numbers or truth values.</param>
/// <param name="From">The field is this number or a greater one.</param>
/// <param name="To">The field is this number or a smaller one.</param>
/// <param name="Not">Whether documents that meet it are left out instead.</param>
public sealed record SearchCondition(string Key, IReadOnlyList<JsonElement>? In = null, double? From = null, double? To = null, bool Not = false)
{
    const int MostValues = 10_000;

    /// <summary>Every problem, each naming its field below <paramref name="field"/>.</summary>
    public IEnumerable<string> Problems(string field) =>
    [
        .. string.IsNullOrEmpty(Key) || Key.Length > 256 ? new[] { $"{field}.key: expected 1 to 256 letters." } : [],
        .. In is { Count: > 0 } == (From is not null || To is not null) ? new[] { $"{field}: expected either 'in' or 'from' and 'to'." } : [],
        .. In?.Count > MostValues ? new[] { $"{field}.in: expected {MostValues} values at most, found {In.Count}." } : [],
        .. (In ?? []).Where(value => value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)).Take(1)
            .Select(value => $"{field}.in: expected texts, numbers or truth values, found {value.ValueKind}."),
        .. From > To ? new[] { $"{field}: expected 'from' not to be above 'to', found {From} and {To}." } : [],
    ];
}

/// <summary>The answer.</summary>
/// <param name="System">The system that answered.</param>
/// <param name="Hits">Best first.</param>
/// <param name="Stages">What each stage took.</param>
/// <param name="Terms">The query's terms as the analyzer sees them; pages mark them in the text.</param>
public sealed record SearchResponse(string System, IReadOnlyList<SearchHit> Hits, IReadOnlyList<SearchStage> Stages, IReadOnlyList<string> Terms);

/// <summary>A document found.</summary>
/// <param name="Rank">From 1.</param>
/// <param name="DocumentId">The document's id in its collection.</param>
/// <param name="Score">The system's score; comparable within one answer only.</param>
/// <param name="Title">The document's title.</param>
/// <param name="Text">The document's text, cut at 4,000 characters.</param>
/// <param name="Parts">For a hybrid: rank and score in each fused ranking.</param>
/// <param name="Matches">Where the query's terms stand in <paramref name="Text"/>: pairs of start and length in UTF-16 units.</param>
/// <param name="Passage">Where the document was cut: the passage that fits the query best.</param>
/// <param name="Bm25">Where the request asked to explain: BM25's score of the document, term by term.</param>
public sealed record SearchHit(
    int Rank,
    string DocumentId,
    double Score,
    string Title,
    string Text,
    IReadOnlyDictionary<string, PartScore>? Parts = null,
    IReadOnlyList<TextMatch>? Matches = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ScoreExplanation? Bm25 = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HitPassage? Passage = null);

/// <summary>A passage of a document found.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Of">Passages of the document.</param>
/// <param name="Start">Where it begins in the document's text, in UTF-16 units.</param>
/// <param name="Length">Its length there.</param>
/// <param name="Text">Its text, cut at 4,000 characters.</param>
/// <param name="Matches">Where the query's terms stand in <paramref name="Text"/>.</param>
public sealed record HitPassage(int Number, int Of, int Start, int Length, string Text, IReadOnlyList<TextMatch> Matches);

/// <summary>Rank and score of a document in one of the fused rankings.</summary>
public sealed record PartScore(int Rank, double Score);

/// <summary>A matched stretch of text, in UTF-16 units.</summary>
public sealed record TextMatch(int Start, int Length);

/// <summary>A timed stage of a search.</summary>
/// <param name="Name">Its name, e.g. <c>rewrite</c>, a retriever's, <c>fusion</c>, <c>rerank</c>.</param>
/// <param name="Milliseconds">What it took.</param>
/// <param name="Notes">What it counted, e.g. answers that could not be read.</param>
/// <param name="Texts">Explained: what the stage makes of the query.</param>
/// <param name="Documents">Explained: the best documents after it.</param>
public sealed record SearchStage(
    string Name, double Milliseconds, IReadOnlyDictionary<string, double>? Notes = null, IReadOnlyList<string>? Texts = null, IReadOnlyList<StageDocument>? Documents = null);

/// <summary>A document of a stage's ranking.</summary>
/// <param name="Id">The document's id.</param>
/// <param name="Score">The stage's score.</param>
public sealed record StageDocument(string Id, double Score);
