using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Retrieval.Tests.Bm25;

/// <summary>
/// RM3 computed a second time, without the index and in plain loops over the texts: BM25 from counts, P(w|R) as the sum of P(w|D) times the score of D,
/// over every word of every document. Expanded terms, their weights, and what the expanded query finds are compared.
/// </summary>
public sealed class RelevanceModelComputationTests
{
    const int Documents = 80;
    const double K1 = 0.9, B = 0.4;

    // Beside ordinary words: too short, too long, a letter beyond a to z, digits; the first ones are in more than a tenth of the documents.
    static readonly string[] words = [.. Enumerable.Range(0, 400).Select(i => $"w{i}"), "x", "twentyoneletterslong1", "über", "1984"];

    readonly Dictionary<string, string[]> texts = Texts();

    [Theory]
    [InlineData("w20 w31", 10, 10, 0.5)]
    [InlineData("w7 w7 w40 x", 10, 10, 0.5)]
    [InlineData("über 1984 w12", 5, 3, 0.5)]
    [InlineData("w2 w55 unknown", 20, 10, 0.2)]
    [InlineData("twentyoneletterslong1 w9", 10, 4, 1)]
    [InlineData("w18", 3, 1, 0)]
    public void Agrees_with_a_second_computation(string query, int feedbackTerms, int feedbackDocuments, double originalWeight)
    {
        using var index = Bm25Index.BuildTemporary(texts.Select(pair => (pair.Key, string.Join(' ', pair.Value))), Analyzers.ByName("simple"), TestContext.Current.CancellationToken);
        var found = index.Search(query, feedbackDocuments, new(K1: K1, B: B));
        var expanded = new RelevanceModel(index, new(feedbackTerms, feedbackDocuments, originalWeight))
            .Expand(query, [.. found.Select(document => (document, string.Join(' ', texts[document.Id])))]);

        Assert.True(DocumentFrequency("w0") > Documents / 10 && texts.Values.Count(text => text.Any(IsFit)) == Documents);
        var expected = Expand(query.Split(' '), feedbackTerms, feedbackDocuments, originalWeight);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), expanded.Select(term => term.Term).Order(StringComparer.Ordinal));
        Assert.Equal(1, expanded.Sum(term => term.Weight), 1e-9);
        Assert.All(expanded, term => Assert.Equal(expected[term.Term], term.Weight, 1e-6));

        var second = Rank(expected).Take(20).ToList();
        var ranked = index.Search(expanded, 20, new(K1: K1, B: B));
        Assert.Equal(second.Select(hit => hit.Id), ranked.Select(hit => hit.Id));
        Assert.All(ranked.Zip(second), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-5));
    }

    Dictionary<string, double> Expand(string[] query, int feedbackTerms, int feedbackDocuments, double originalWeight)
    {
        var feedback = Rank(query.GroupBy(word => word).ToDictionary(group => group.Key, group => (double)group.Count())).Take(feedbackDocuments).ToList();
        var kept = feedback.ToDictionary(hit => hit.Id, hit => Best(words.Where(IsFit).ToDictionary(word => word, word => (double)Count(hit.Id, word)), feedbackTerms));
        var relevance = new Dictionary<string, double>();
        foreach (var word in words)
            relevance[word] = feedback.Sum(hit => kept[hit.Id].Values.Sum() is > 0 and var length ? kept[hit.Id].GetValueOrDefault(word) / length * hit.Score : 0);
        var best = Best(relevance, feedbackTerms);
        return query.Concat(best.Keys).Distinct().ToDictionary(word => word, word =>
            originalWeight * query.Count(other => other == word) / query.Length + (1 - originalWeight) * best.GetValueOrDefault(word) / best.Values.Sum());
    }

    List<(string Id, double Score)> Rank(Dictionary<string, double> query)
    {
        var average = texts.Values.Average(text => text.Length);
        return [.. texts.Keys.Select(id => (Id: id, Score: query.Sum(term =>
        {
            var (tf, df) = (Count(id, term.Key), DocumentFrequency(term.Key));
            return term.Value * Math.Log(1 + (Documents - df + 0.5) / (df + 0.5)) * tf / (tf + K1 * (1 - B + B * texts[id].Length / average));
        }))).Where(hit => hit.Score > 0).OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Id, StringComparer.Ordinal)];
    }

    static Dictionary<string, double> Best(Dictionary<string, double> weights, int count) =>
        weights.Where(word => word.Value > 0).OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal).Take(count).ToDictionary();

    bool IsFit(string word) => word.Length is >= 2 and <= 20 && word.All(char.IsAsciiLetterOrDigit) && DocumentFrequency(word) <= Documents / 10;

    int Count(string id, string word) => texts[id].Count(other => other == word);

    int DocumentFrequency(string word) => texts.Values.Count(text => text.Contains(word));

    /// <summary>8 to 30 words each, so that Lucene's lengths are exact; the first words of the list far more often than the last.</summary>
    static Dictionary<string, string[]> Texts()
    {
        var random = new Random(5);
        return Enumerable.Range(0, Documents).ToDictionary(i => $"d{i:00}", _ => Enumerable.Range(0, random.Next(8, 31))
            .Select(_ => words[(int)(words.Length * Math.Pow(random.NextDouble(), 1.6))]).ToArray());
    }
}
