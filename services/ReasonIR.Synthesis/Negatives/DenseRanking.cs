using System.Net;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Synthesis.Negatives;

/// <summary>Ranks the corpus by an encoder: the Search service searches the model's index of it. Thread-safe.</summary>
sealed class DenseRanking(SearchClient search, string corpus, string model)
{
    /// <summary>The service's limit on a query.</summary>
    const int MostCharacters = 100_000;

    /// <summary>The encoder.</summary>
    public string Model => model;

    /// <exception cref="TransientRunException">The service is away; the run goes on later.</exception>
    /// <exception cref="ArgumentException">The service refuses, as where the model has no index of the corpus.</exception>
    public async Task<IReadOnlyList<ScoredDocument>> RankAsync(string query, int depth, CancellationToken cancellation)
    {
        var request = new SearchRequest(corpus, query.Length > MostCharacters ? query[..MostCharacters] : query, new SystemSpec("mining", "dense", model), depth);
        try
        {
            return [.. (await search.SearchAsync(request, cancellation)).Hits.Select(hit => new ScoredDocument(hit.DocumentId, hit.Score))];
        }
        catch (ServiceException error) when (error.Status < HttpStatusCode.InternalServerError && error.Status != HttpStatusCode.TooManyRequests)
        {
            throw new ArgumentException($"hardNegatives.model: the Search service refuses to rank '{corpus}' by '{model}': {error.Message}", error);
        }
        catch (Exception error) when (error is ServiceException or HttpRequestException)
        {
            throw new TransientRunException($"The Search service is away: {error.Message}");
        }
    }
}
