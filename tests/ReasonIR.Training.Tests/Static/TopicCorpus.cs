using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Training.Static;

namespace ReasonIR.Training.Tests.Static;

/// <summary>A synthetic corpus: each topic has words of its own, each document some of its topic's, and every document common words.</summary>
static class TopicCorpus
{
    public static List<PairDocument> Documents(int topics = 12, int perTopic = 10, int seed = 1)
    {
        var random = new Random(seed);
        var documents = new List<PairDocument>();
        for (var topic = 0; topic < topics; topic++)
            for (var d = 0; d < perTopic; d++)
                documents.Add(new($"t{topic}d{d}", d % 2 == 0 ? $"{Word(topic, d)} {Word(topic, d + 1)}" : "",
                    string.Join(' ', Enumerable.Range(0, 5).Select(_ => "The " + string.Join(' ', Enumerable.Range(0, 9).Select(i => i % 3 == 2 ? $"common{random.Next(20)}" : Word(topic, random.Next(14)))) + "."))));
        return documents;

        static string Word(int topic, int i) => $"topic{(char)('a' + topic)}word{(char)('a' + i)}";
    }

    public static List<StaticDocument> Split(IEnumerable<PairDocument> documents) =>
        [.. documents.Select(document => new StaticDocument(document.Id, document.Title, SentenceSplitter.Split(document.Text)))];

    public static StaticTrainingInput Input(IReadOnlyList<PairDocument> documents, int seed = 0, Func<IReadOnlySet<string>, IPairSource>? pairs = null) =>
        new(Split(documents), pairs ?? (heldOut => new SampledPairs([.. documents.Where(document => !heldOut.Contains(document.Id))], seed)),
            PorterStemmer.Stem, word => StopWords.Contains(word));

    public static StaticOptions Options { get; } = new() { Dimension = 16, BatchSize = 32, CheckEvery = 5, Patience = 3, MaxSteps = 30, Threads = 2 };
}

/// <summary>Pairs drawn by strategy, with hard negatives from a function of the pair where one is given.</summary>
sealed class SampledPairs(IReadOnlyList<PairDocument> documents, int seed, Func<DrawnPair, IReadOnlyList<IReadOnlyList<string>>>? negatives = null) : IPairSource
{
    readonly PairSampler sampler = new(documents, seed);

    public HashSet<string> Seen { get; } = [];

    public void Draw(int step, int count, ICollection<StaticPair> pairs)
    {
        var drawn = new List<DrawnPair>();
        sampler.Draw(step, count, drawn);
        foreach (var pair in drawn)
        {
            Seen.Add(pair.DocumentId);
            pairs.Add(new(pair.Query, pair.Positive, negatives?.Invoke(pair)));
        }
    }
}
