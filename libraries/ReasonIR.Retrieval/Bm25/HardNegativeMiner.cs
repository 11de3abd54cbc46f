using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Mines hard negatives: documents that BM25 ranks high for a query though they are not its positive. Drawn from a window of ranks
/// and guarded, because the highest ranked ones are often answers nobody judged. Deterministic: the same seed, query and positive
/// give the same negatives. Thread-safe.
/// </summary>
/// <param name="index">Over the documents that negatives are drawn from.</param>
/// <param name="fingerprintOf">A document's text or its content hash, by id: equal for documents of equal text.</param>
public sealed class HardNegativeMiner(Bm25Index index, Func<string, string> fingerprintOf, HardNegativeOptions? options = null)
{
    readonly HardNegativeOptions options = (options ?? new()).Validated();

    /// <summary>Negatives for one training pair.</summary>
    /// <param name="query">The query's text.</param>
    /// <param name="positive">The positive's id. Where the index lacks it, <paramref name="positiveFingerprint"/> is needed.</param>
    /// <param name="exclude">Further ids never to draw: other positives, exclusions.</param>
    /// <param name="positiveFingerprint">The positive's fingerprint where it is not <c>fingerprintOf(positive)</c>.</param>
    public MinedNegatives Mine(string query, string positive, IReadOnlySet<string>? exclude = null, string? positiveFingerprint = null) =>
        Choose(query, positive, index.Search(query, options.ToRank, options.Parameters, exclude), Score(query, positive), fingerprintOf, options, positiveFingerprint);

    /// <summary>A document's score for a query; 0 where they share no term or the index lacks it.</summary>
    public double Score(string query, string document) => index.Explain(query, document, options.Parameters)?.Score ?? 0;

    /// <summary>Negatives for one training pair from any ranking.</summary>
    /// <param name="ranked">The best documents for the query, the best first.</param>
    /// <param name="positiveScore">The positive's score in that ranking.</param>
    /// <param name="fingerprintOf">A document's text or its content hash, by id.</param>
    /// <param name="positiveFingerprint">The positive's fingerprint where it is not <c>fingerprintOf(positive)</c>.</param>
    /// <param name="refuse">Further documents that are as good as too close, such as those that another ranking guards; null: none.</param>
    public static MinedNegatives Choose(
        string query, string positive, IReadOnlyList<ScoredDocument> ranked, double positiveScore, Func<string, string> fingerprintOf, HardNegativeOptions options,
        string? positiveFingerprint = null, Func<string, bool>? refuse = null)
    {
        var ratioCeiling = double.IsInfinity(options.MaxScoreRatio) ? double.PositiveInfinity : options.MaxScoreRatio * positiveScore;
        var ceiling = Math.Min(ratioCeiling, positiveScore - options.MinMargin);
        var fingerprint = positiveFingerprint ?? fingerprintOf(positive);
        var (equal, close) = (0, 0);
        var candidates = new List<(ScoredDocument Document, int Rank)>();
        // A text once, under its best rank.
        var texts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (place, document) in ranked.Index().Take(options.ToRank).Skip(options.FromRank - 1))
        {
            if (document.Id == positive)
                continue;
            if (document.Score > ceiling || refuse?.Invoke(document.Id) == true)
                close++;
            else if (fingerprintOf(document.Id) is var text && text == fingerprint || !texts.Add(text))
                equal++;
            else
                candidates.Add((document, place + 1));
        }
        var random = new DrawSequence(options.Seed, query, positive);
        var taken = Math.Min(options.Count, candidates.Count);
        for (var i = 0; i < taken; i++)
        {
            var drawn = i + random.Next(candidates.Count - i);
            (candidates[i], candidates[drawn]) = (candidates[drawn], candidates[i]);
        }
        return new([.. candidates[..taken].Select(one => one.Document)], positiveScore, candidates.Count, equal, close) { Ranks = [.. candidates[..taken].Select(one => one.Rank)] };
    }

    /// <summary>SplitMix64, seeded by what the draw depends on. .NET's Random may change, and string hashes differ a process.</summary>
    struct DrawSequence
    {
        ulong state;

        public DrawSequence(int seed, string query, string positive)
        {
            state = (uint)seed;
            foreach (var unit in query)
                state = (state ^ unit) * 0x0000_0100_0000_01B3 + 1;
            state = Mix();
            foreach (var unit in positive)
                state = (state ^ unit) * 0x0000_0100_0000_01B3 + 1;
        }

        public int Next(int below) => (int)((UInt128)Mix() * (uint)below >> 64);

        ulong Mix()
        {
            var z = state += 0x9E37_79B9_7F4A_7C15;
            z = (z ^ z >> 30) * 0xBF58_476D_1CE4_E5B9;
            z = (z ^ z >> 27) * 0x94D0_49BB_1331_11EB;
            return z ^ z >> 31;
        }
    }
}

/// <summary>Which ranked documents may serve as hard negatives.</summary>
/// <param name="FromRank">First rank of the window, from 1. ReasonIR draws from rank 20 on.</param>
/// <param name="ToRank">Last rank of the window.</param>
/// <param name="Count">How many to draw at most.</param>
/// <param name="MaxScoreRatio">
/// A negative scores at most this part of the positive's score, so a query that does not find its positive gets no negative;
/// infinity switches the guard off.
/// </param>
/// <param name="MinMargin">A negative scores at least this much less than the positive; minus infinity switches the guard off.</param>
/// <param name="Seed">Of the draw.</param>
/// <param name="Parameters">Of BM25; null: the default ones.</param>
public sealed record HardNegativeOptions(
    int FromRank = 20,
    int ToRank = 100,
    int Count = 1,
    double MaxScoreRatio = 0.95,
    double MinMargin = 0,
    int Seed = 0,
    Bm25Parameters? Parameters = null)
{
    /// <summary>The largest <see cref="ToRank"/>.</summary>
    public const int LastRank = 10_000;

    internal HardNegativeOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(FromRank, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ToRank, FromRank);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ToRank, LastRank);
        ArgumentOutOfRangeException.ThrowIfLessThan(Count, 1);
        if (!(MaxScoreRatio > 0))
            throw new ArgumentOutOfRangeException(nameof(MaxScoreRatio), MaxScoreRatio, "should be a number above 0.");
        if (double.IsNaN(MinMargin))
            throw new ArgumentOutOfRangeException(nameof(MinMargin), MinMargin, "should be a number.");
        return this;
    }
}

/// <summary>The negatives of one pair and why there are no more.</summary>
/// <param name="Negatives">In the order drawn.</param>
/// <param name="PositiveScore">The positive's BM25 score; 0 where the query shares no term with it.</param>
/// <param name="Candidates">Documents of the window that passed the guard.</param>
/// <param name="EqualText">Documents dropped because their text is the positive's or that of a better ranked one.</param>
/// <param name="TooClose">Documents dropped because their score is too near the positive's.</param>
public sealed record MinedNegatives(
    IReadOnlyList<ScoredDocument> Negatives, double PositiveScore, int Candidates, int EqualText, int TooClose)
{
    /// <summary>The negatives' ranks, from 1.</summary>
    public IReadOnlyList<int> Ranks { get; init; } = [];
}
