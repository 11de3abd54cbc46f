using ReasonIR.Contracts.Search;

namespace ReasonIR.Portal.Components.Search;

/// <summary>What a system said to a query: an answer, or why there is none.</summary>
public sealed record SearchAnswer(SystemSpec System, SearchResponse? Response, string? Problem)
{
    /// <summary>The rank it gave a document, or null.</summary>
    public int? RankOf(string documentId) => Response?.Hits.FirstOrDefault(hit => hit.DocumentId == documentId)?.Rank;
}
