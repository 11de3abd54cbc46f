using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Corpora;
using ReasonIR.Contracts.Search;
using ReasonIR.Portal.Pipelines;
using ReasonIR.Portal.Search;

namespace ReasonIR.Portal.Corpora;

/// <summary>Corpora over REST.</summary>
public static class CorporaApi
{
    /// <summary>Adds the endpoints below <c>/api/corpora</c>.</summary>
    public static void MapCorpora(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/corpora").WithTags("Corpora");
        group.MapGet("/", ListAsync).WithName("ListCorpora").WithSummary("All corpora with their query sets and indexes.");
        group.MapGet("/{name}", GetAsync).WithName("GetCorpus").WithSummary("One corpus.");
        group.MapDelete("/{name}", DeleteAsync).WithName("DeleteCorpus").WithSummary("Removes a corpus with its queries, judgments, indexes and results.");
        group.MapGet("/{name}/documents", DocumentsAsync).WithName("ListDocuments").WithSummary("Documents, optionally those that hold some words.");
        group.MapGet("/{name}/documents/{**id}", DocumentAsync).WithName("GetDocument").WithSummary("One document.");
        group.MapGet("/{name}/query-sets/{querySet}/queries", QueriesAsync).WithName("ListQueries").WithSummary("Queries with judgments and exclusions.");
        group.MapGet("/{name}/query-sets/{querySet}/queries/{**id}", QueryAsync).WithName("GetQuery").WithSummary("One query with judgments and exclusions.");
        group.MapGet("/{name}/systems", SystemsAsync).WithName("ListSystems").WithSummary("The systems that can be searched: those whose indexes hold the corpus as it stands.");
    }

    static async Task<Ok<IReadOnlyList<CorpusInfo>>> ListAsync(CorporaService corpora, CancellationToken ct) =>
        TypedResults.Ok(await corpora.ListAsync(ct));

    static async Task<Results<Ok<CorpusInfo>, ProblemHttpResult>> GetAsync(string name, CorporaService corpora, CancellationToken ct) =>
        await corpora.FindAsync(name, ct) is { } corpus ? TypedResults.Ok(corpus) : Missing.Of("corpus", name);

    static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(string name, CorporaService corpora, CancellationToken ct) =>
        await corpora.DeleteAsync(name, ct) ? TypedResults.NoContent() : Missing.Of("corpus", name);

    static async Task<Results<Ok<Page<DocumentInfo>>, ProblemHttpResult>> DocumentsAsync(
        string name, string? search, [AsParameters] Paging paging, CorporaService corpora, CancellationToken ct)
    {
        paging = paging.Checked();
        return await corpora.DocumentsAsync(name, search, paging.First, paging.Count, ct) is { } page ? TypedResults.Ok(page) : Missing.Of("corpus", name);
    }

    static async Task<Results<Ok<DocumentInfo>, ProblemHttpResult>> DocumentAsync(string name, string id, CorporaService corpora, CancellationToken ct) =>
        await corpora.DocumentAsync(name, id, ct) is { } document ? TypedResults.Ok(document) : Missing.Of($"document of corpus '{name}'", id);

    static async Task<Results<Ok<Page<QueryInfo>>, ProblemHttpResult>> QueriesAsync(
        string name, string querySet, string? search, [AsParameters] Paging paging, CorporaService corpora, CancellationToken ct)
    {
        paging = paging.Checked();
        return await corpora.QueriesAsync(name, querySet, search, paging.First, paging.Count, ct) is { } page
            ? TypedResults.Ok(page)
            : Missing.Of($"query set of corpus '{name}'", querySet);
    }

    static async Task<Results<Ok<QueryInfo>, ProblemHttpResult>> QueryAsync(string name, string querySet, string id, CorporaService corpora, CancellationToken ct) =>
        await corpora.QueryAsync(name, querySet, id, ct) is { } query ? TypedResults.Ok(query) : Missing.Of($"query of set '{querySet}' of corpus '{name}'", id);

    static async Task<Results<Ok<IReadOnlyList<SystemSpec>>, ProblemHttpResult>> SystemsAsync(string name, CorporaService corpora, PipelinesService pipelines, CancellationToken ct) =>
        await corpora.FindAsync(name, ct) is { } corpus ? TypedResults.Ok(SearchSystems.Of(corpus, await pipelines.ListAsync(ct))) : Missing.Of("corpus", name);
}
