using ReasonIR.Models;
using ReasonIR.Models.Transformers;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;
using ReasonIR.Training.Contrastive;
using TorchSharp;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>
/// all-MiniLM-L6-v2 on SciFact's 919 train pairs with the settings of golden/training/README.md. The split leaks, so the test claims whose
/// gold documents are no train positive (the clean ones) are measured by themselves too.
/// </summary>
sealed class SciFactFineTune
{
    static readonly MeasureSet Measures = MeasureSet.Parse("ndcg_cut_10", "recall_100");

    readonly BeirCollection collection;
    readonly Judgments test, train;
    readonly HashSet<string> clean;

    SciFactFineTune(BeirCollection collection, Judgments test, Judgments train, string model)
    {
        (this.collection, this.test, this.train, Model) = (collection, test, train, model);
        var trained = train.SelectMany(q => q.Value.Where(d => d.Value > 0).Select(d => d.Key)).ToHashSet();
        clean = [.. test.Where(q => !q.Value.Any(d => d.Value > 0 && trained.Contains(d.Key))).Select(q => q.Key)];
        Pairs = [.. train.SelectMany(q => q.Value.Where(d => d.Value > 0).Select(d => new TrainingExample(collection.Queries[q.Key], [collection.Documents[d.Key]], [])))];
    }

    /// <summary>The base model's folder.</summary>
    public string Model { get; }

    /// <summary>Claim and gold document, title, space, text.</summary>
    public IReadOnlyList<TrainingExample> Pairs { get; }

    public int TestClaims => test.Count;

    public int CleanClaims => clean.Count;

    public static async Task<SciFactFineTune> ReadAsync(string folder, string model, CancellationToken cancellationToken) => new(
        BeirCollection.Read(folder),
        await BeirQrels.ReadAsync(Path.Combine(folder, "qrels/test.tsv"), cancellation: cancellationToken),
        await BeirQrels.ReadAsync(Path.Combine(folder, "qrels/train.tsv"), cancellation: cancellationToken), model);

    /// <summary>The pairs, each with the documents at BM25's ranks 20 to 50 that are not judged relevant as hard negatives.</summary>
    public List<TrainingExample> WithBm25Negatives(CancellationToken cancellationToken)
    {
        const int first = 20, last = 50;
        using var index = StaticSystems.Index(collection.Documents.Select(d => (d.Key, d.Value)), cancellationToken);
        return [.. train.SelectMany(q =>
        {
            var ranked = index.Search(collection.Queries[q.Key], last).Skip(first - 1).Where(d => !(q.Value.GetValueOrDefault(d.Id) > 0)).Select(d => collection.Documents[d.Id]).ToList();
            return q.Value.Where(d => d.Value > 0).Select(d => new TrainingExample(collection.Queries[q.Key], [collection.Documents[d.Key]], ranked));
        })];
    }

    /// <summary>The reference's settings: batches of 32 in shuffled order, temperature 0.05, 2e-5 falling linearly after 10 % of warm-up, no decay, the model's own dropout.</summary>
    public ContrastiveTrainingSpec Spec(int seed, int negatives = 0, double epochs = 1) => new(
        Model, Epochs: epochs, BatchSize: 32, NegativesPerQuery: negatives, Temperature: 0.05, LearningRate: 2e-5, Warmup: 0.1, WeightDecay: 0, MaxGradientNorm: 1, Seed: seed, CheckpointSteps: 0);

    /// <summary>nDCG@10 over all test claims and over the clean ones, and recall at 100 over all.</summary>
    /// <param name="bf16">Whether the encoder computes in bf16, as the reference's did where it evaluated.</param>
    public (double All, double Clean, double Recall) Measure(string folder, bool bf16, CancellationToken cancellationToken)
    {
        using var encoder = ModelFolder.Open(folder, new ModelOptions(Compute: bf16 ? torch.bfloat16 : torch.float32));
        return Figures(collection.Evaluate(encoder, test, Measures, cancellationToken));
    }

    (double, double, double) Figures(Evaluation evaluation) =>
        (evaluation.MeanOverQrels["ndcg_cut_10"], clean.Average(q => evaluation[q, "ndcg_cut_10"]), evaluation.MeanOverQrels["recall_100"]);
}

/// <summary>Tells a run's steps as lines.</summary>
sealed class StepLines(TextWriter log) : ITrainingLog
{
    public void Report(TrainingStep step) => log.WriteLine(FormattableString.Invariant(
        $"step {step.Step}/{step.Steps} loss {step.Loss:F4} gradient norm {step.GradientNorm:F3} rate {step.LearningRate:E2} {step.PairsPerSecond:F1} pairs/s"));

    public void Message(string text) => log.WriteLine(text);
}
