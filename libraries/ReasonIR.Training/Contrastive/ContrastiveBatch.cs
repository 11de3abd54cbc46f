using ReasonIR.Models.Transformers;
using ReasonIR.Training.Losses;

namespace ReasonIR.Training.Contrastive;

/// <summary>A batch as tokens. Every query has at least one positive among its passages.</summary>
/// <param name="Queries">With the length of their prompt, which some models leave out of the pooling.</param>
/// <param name="Passages">In any order; <paramref name="Groups"/> says whose they are.</param>
/// <param name="Groups">Which passages are a query's positives and hard negatives.</param>
public sealed record ContrastiveBatch(IReadOnlyList<TokenizedText> Queries, IReadOnlyList<TokenizedText> Passages, PassageGroups Groups)
{
    /// <summary>Names of the examples, [queries], for messages about a batch; null: their places in it.</summary>
    public IReadOnlyList<string>? ExampleIds { get; init; }

    /// <summary>A document id or a 64-bit hash of one (or of the text), [passages]: equal for equal documents. Null: none are known.</summary>
    public IReadOnlyList<long>? PassageIds { get; init; }

    /// <summary>All that is relevant to each query, [queries], in the terms of <see cref="PassageIds"/>, whether in the batch or not. Null: the batch's own positives.</summary>
    public IReadOnlyList<IReadOnlyCollection<long>>? KnownPositives { get; init; }

    /// <summary>Weight of each query's loss, [queries], 0 or more; null: all alike.</summary>
    public IReadOnlyList<float>? Weights { get; init; }

    /// <summary>A teacher's score of each passage for its own query, [passages]; null: there is no teacher.</summary>
    public IReadOnlyList<float>? TeacherScores { get; init; }

    /// <summary>The queries rewritten with reasoning, [queries], from which weights are computed (Redapter); null: none.</summary>
    public IReadOnlyList<TokenizedText>? ReasonedQueries { get; init; }

    /// <summary>The name of an example in messages.</summary>
    public string NameOf(int query) => ExampleIds?[query] ?? $"{query}";

    /// <summary>The passages of queries <paramref name="first"/> to before <paramref name="end"/>, in the batch's order.</summary>
    public int[] PassagesOf(int first, int end) => [.. Enumerable.Range(0, Passages.Count).Where(j => Groups.QueryOf(j) >= first && Groups.QueryOf(j) < end)];

    /// <summary>Some of the queries with their own passages, as a batch of its own.</summary>
    public ContrastiveBatch Part(int first, int count)
    {
        var groups = Groups.Part(first, count, out var passages);
        return new([.. Queries.Skip(first).Take(count)], [.. passages.Select(j => Passages[j])], groups)
        {
            ExampleIds = OfQueries(ExampleIds) ?? [.. Enumerable.Range(first, count).Select(i => $"{i}")],
            PassageIds = OfPassages(PassageIds),
            KnownPositives = OfQueries(KnownPositives),
            Weights = OfQueries(Weights),
            TeacherScores = OfPassages(TeacherScores),
            ReasonedQueries = OfQueries(ReasonedQueries),
        };

        List<T>? OfQueries<T>(IReadOnlyList<T>? list) => list is null ? null : [.. list.Skip(first).Take(count)];

        List<T>? OfPassages<T>(IReadOnlyList<T>? list) => list is null ? null : [.. passages.Select(j => list[j])];
    }

    /// <exception cref="InvalidDataException">A list has another length than it should, or there is nothing in the batch.</exception>
    public void Validate()
    {
        if (Queries.Count == 0)
            throw new InvalidDataException("A batch has no queries.");
        Require(Queries.Count, Groups.Queries, nameof(Groups));
        Require(Passages.Count, Groups.Passages, nameof(Groups));
        Require(Queries.Count, ExampleIds?.Count, nameof(ExampleIds));
        Require(Passages.Count, PassageIds?.Count, nameof(PassageIds));
        Require(Queries.Count, KnownPositives?.Count, nameof(KnownPositives));
        Require(Queries.Count, Weights?.Count, nameof(Weights));
        Require(Passages.Count, TeacherScores?.Count, nameof(TeacherScores));
        Require(Queries.Count, ReasonedQueries?.Count, nameof(ReasonedQueries));
    }

    static void Require(int expected, int? count, string name)
    {
        if (count is { } found && found != expected)
            throw new InvalidDataException($"A batch's {name} holds {found} entries; {expected} were expected.");
    }
}
