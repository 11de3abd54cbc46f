using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Passages;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Qdrant;
using ReasonIR.Retrieval.Vectors;
using ReasonIR.Search.Indexing;

namespace ReasonIR.Search.Searching;

/// <summary>Search over HTTP, for the portal.</summary>
public static class SearchApi
{
    const int MostTop = 1000;
    const int MostQueryCharacters = 100_000;
    const int ShownCharacters = 4000;

    /// <summary>Adds <c>POST /search</c>.</summary>
    public static void MapSearch(this IEndpointRouteBuilder app) =>
        app.MapPost("/search", SearchAsync).WithName("Search").WithSummary("Answers a query by one system over one corpus.");

    static async Task<Results<Ok<SearchResponse>, ProblemHttpResult>> SearchAsync(
        SearchRequest request, IndexCatalog catalog, SearchEngine engine, ScoreExplainer explainer, HitPassages passages, IDbContextFactory<ExperimentsDb> databases, CancellationToken ct)
    {
        var problems = Problems(request).ToList();
        if (problems.Count > 0)
            throw new ArgumentException(string.Join(" ", problems));
        try
        {
            var corpus = await catalog.CorpusAsync(request.Corpus, ct);
            var exclude = request.Exclude is { Count: > 0 } ids ? ids.ToHashSet(StringComparer.Ordinal) : null;
            var ranked = await engine.RankAsync(corpus, request.System, [new(request.Query, exclude)], request.Top, ct, new(request.Explain, Filter: Filter(request)));
            var marker = new MatchMarker(request.Query, await explainer.AnalyzerAsync(corpus, ct));
            var explain = request.Explain ? await explainer.OfAsync(corpus, request.System, new(request.Query, exclude), ct) : _ => null;
            var hits = ranked.Rankings[0];
            await using var db = await databases.CreateDbContextAsync(ct);
            var wanted = hits.Select(hit => hit.Id).ToList();
            var documents = await db.Documents.AsNoTracking().Where(document => document.CorpusId == corpus.Id && wanted.Contains(document.ExternalId))
                .ToDictionaryAsync(document => document.ExternalId, ct);
            var cut = await passages.FindAsync(corpus, request.System, request.Query, wanted, ct);
            return TypedResults.Ok(new SearchResponse(request.System.Name, [.. hits.Select((hit, i) =>
            {
                var document = documents[hit.Id];
                var text = Shown(document.Text);
                return new SearchHit(i + 1, hit.Id, hit.Score, document.Title, text, Parts(ranked, hit.Id), marker.Mark(text), explain(hit.Id), Passage(document, cut?.Rule, cut?.Parts[i], marker));
            })], ranked.Stages, marker.Terms));
        }
        catch (KeyNotFoundException e)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status404NotFound);
        }
        catch (Bm25FormatException e)
        {
            return TypedResults.Problem($"The BM25 index of corpus '{request.Corpus}' cannot be read; build it again by: index {request.Corpus}. {e.Message}", statusCode: StatusCodes.Status500InternalServerError);
        }
        catch (QdrantException e)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status502BadGateway);
        }
        catch (ServiceException e)
        {
            return TypedResults.Problem($"A service that this search needs refused: {e.Message}", statusCode: (int)e.Status);
        }
    }

    static string Shown(string text) => text.Length > ShownCharacters ? text[..ShownCharacters] : text;

    static HitPassage? Passage(Document document, PassageRule? rule, int? part, MatchMarker marker)
    {
        if (rule is null || part is null)
            return null;
        var passages = rule.Of(document);
        // A corpus that changed since is indexed again; until then the numbers may be of its former text.
        if (part >= passages.Count)
            return null;
        var (start, length) = passages[part.Value];
        var text = Shown(document.Text.Substring(start, length));
        return new(part.Value + 1, passages.Count, start, length, text, marker.Mark(text));
    }

    static VectorFilter? Filter(SearchRequest request) => request.Filter is not { Count: > 0 } conditions ? null : new(
        [.. conditions.Select(condition => new FilterCondition(condition.Key, condition.In?.Select(FilterableMetadata.Value).ToList(), condition.From, condition.To, condition.Not))]);

    static IEnumerable<string> Problems(SearchRequest request) =>
    [
        .. SpecChecks.Name("corpus", request.Corpus),
        .. request.System.Problems("system"),
        .. SpecChecks.Range<int>("top", request.Top, 1, MostTop),
        .. string.IsNullOrWhiteSpace(request.Query) ? ["query: expected a text, found none."] : Array.Empty<string>(),
        .. request.Filter?.Count > VectorFilter.MostConditions ? new[] { $"filter: expected {VectorFilter.MostConditions} conditions at most, found {request.Filter.Count}." } : [],
        .. (request.Filter ?? []).SelectMany((condition, i) => condition?.Problems($"filter[{i}]") ?? [$"filter[{i}]: expected an object, found null."]),
        .. SpecChecks.Range<int>("query (characters)", request.Query?.Length, 0, MostQueryCharacters),
    ];

    static IReadOnlyDictionary<string, PartScore>? Parts(SystemRankings ranked, string id)
    {
        if (ranked.Parts.Count == 0)
            return null;
        var parts = new Dictionary<string, PartScore>();
        foreach (var (name, rankings) in ranked.Parts)
            for (var rank = 0; rank < rankings[0].Count; rank++)
                if (rankings[0][rank].Id == id)
                    parts.Add(name, new(rank + 1, rankings[0][rank].Score));
        return parts;
    }
}
