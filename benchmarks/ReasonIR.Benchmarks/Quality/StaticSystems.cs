using ReasonIR.Models;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Collections;
using ReasonIR.Retrieval.Fusion;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;
using ReasonIR.Training.Static;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>A BEIR folder, and the systems of the loop on it: BM25, the static encoder trained on its documents alone, their fusion.</summary>
/// <param name="Documents">The corpus.</param>
/// <param name="Queries">The judged test queries, id and text.</param>
sealed record StaticSystems(IReadOnlyList<CollectionDocument> Documents, IReadOnlyList<(string Id, string Text)> Queries, Judgments Judgments)
{
    const int Depth = 1000, FusionDepth = 100;

    static readonly MeasureSet Measures = MeasureSet.Parse("ndcg_cut_10");

    public static async Task<StaticSystems> ReadAsync(string folder, CancellationToken cancellation)
    {
        var beir = new BeirFolder(folder);
        var judgments = await BeirQrels.ReadAsync(Path.Combine(folder, "qrels/test.tsv"), cancellation: cancellation);
        var queries = await beir.ReadQueriesAsync(cancellation).Where(query => judgments.Contains(query.Id)).Select(query => (query.Id, query.Text)).ToListAsync(cancellation);
        return new(await beir.ReadDocumentsAsync(cancellation).ToListAsync(cancellation), queries, judgments);
    }

    public Run Bm25(CancellationToken cancellation)
    {
        using var index = Index(Documents.Select(document => (document.Id, document.IndexText)), cancellation);
        var run = new Run("bm25");
        foreach (var (id, text) in Queries)
            run.Add(id, index.Search(text, Depth));
        return run;
    }

    /// <summary>Trains as the loop does, without a query or a label.</summary>
    public StaticResult Train(int seed, CancellationToken cancellation) => Train(new StaticOptions { Seed = seed }, null, cancellation);

    /// <summary>The same with other pairs.</summary>
    public StaticResult Train(StaticOptions options, PairSettings? pairs, CancellationToken cancellation)
    {
        var documents = PairDocuments(links: pairs?.Mixture is { Links: > 0 });
        var input = new StaticTrainingInput(
            [.. documents.Select(document => new StaticDocument(document.Id, document.Title, SentenceSplitter.Split(document.Text)))],
            heldOut => new StrategyPairs(new([.. documents.Where(document => !heldOut.Contains(document.Id)).Select(document => WithoutLinksTo(document, heldOut))], options.Seed, pairs)),
            PorterStemmer.Stem, word => StopWords.Contains(word));
        return new StaticTrainer(input, options).Train(cancellation: cancellation);
    }

    /// <summary>The corpus as pairs are cut from it.</summary>
    public IReadOnlyList<PairDocument> PairDocuments(bool links)
    {
        PairDocument[] documents = [.. Documents.Select(document => new PairDocument(document.Id, document.Title, document.Text))];
        return links ? DocumentLinks.Resolve(documents, place => Documents[place].MetadataJson) : documents;
    }

    static PairDocument WithoutLinksTo(PairDocument document, IReadOnlySet<string> heldOut) =>
        document.Links.Any(link => heldOut.Contains(link.Target.Id)) ? document with { Links = [.. document.Links.Where(link => !heldOut.Contains(link.Target.Id))] } : document;

    public Run Dense(ITextEncoder encoder, CancellationToken cancellation)
    {
        var documents = encoder.Encode([.. Documents.Select(document => document.IndexText)], cancellationToken: cancellation);
        var queries = encoder.Encode([.. Queries.Select(query => query.Text)], cancellationToken: cancellation);
        var run = new Run("dense");
        var width = encoder.Dimension;
        foreach (var (q, query) in Queries.Index())
        {
            var vector = queries.AsSpan(q * width, width);
            var scores = new ScoredDocument[Documents.Count];
            for (var d = 0; d < scores.Length; d++)
                scores[d] = new(Documents[d].Id, System.Numerics.Tensors.TensorPrimitives.Dot<float>(vector, documents.AsSpan(d * width, width)));
            Array.Sort(scores, DocumentOrder.Best);
            run.Add(query.Id, scores.Take(Depth));
        }
        return run;
    }

    /// <summary>The default hybrid: min-max, equal weights, over each one's top 100.</summary>
    public static Run Hybrid(Run bm25, Run dense) => RankFusion.Fuse([bm25, dense], FusionSettings.Default, "hybrid", FusionDepth);

    /// <summary>nDCG@10 of each judged query, in the judgments' order.</summary>
    public double[] Ndcg10s(Run run)
    {
        var evaluation = Evaluator.Evaluate(Judgments, run, Measures);
        return [.. Judgments.Queries.Select(query => evaluation[query, "ndcg_cut_10"])];
    }

    public double Ndcg10(Run run) => Evaluator.Evaluate(Judgments, run, Measures).MeanOverQrels["ndcg_cut_10"];

    /// <summary>Ranks for the check that needs no labels.</summary>
    public static IReadOnlyList<int> Bm25Ranks(HeldOutProbe probe, CancellationToken cancellation)
    {
        using var index = Index(probe.Documents, cancellation);
        return [.. probe.Queries.Select(query => index.Search(query.Text, FusionDepth).Index().FirstOrDefault(hit => hit.Item.Id == query.DocumentId, (-1, default)).Index + 1)];
    }

    public static Bm25Index Index(IEnumerable<(string Id, string Text)> documents, CancellationToken cancellation) =>
        Bm25Index.BuildTemporary(documents, LuceneEnglishAnalyzer.Instance, cancellation);

    sealed class StrategyPairs(PairSampler sampler) : IPairSource
    {
        readonly List<DrawnPair> drawn = [];

        public void Draw(int step, int count, ICollection<StaticPair> pairs)
        {
            drawn.Clear();
            sampler.Draw(step, count, drawn);
            foreach (var pair in drawn)
                pairs.Add(new(pair.Query, pair.Positive, PositiveKey: pair.PositiveId));
        }
    }
}
