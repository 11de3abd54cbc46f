using System.Numerics.Tensors;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;
using ReasonIR.Trainer.Data;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Trainer.Evaluating;

/// <summary>Measures a model in the middle of its training: exact search over the samples, nDCG@10 as trec_eval computes it.</summary>
/// <param name="how">Prompts and limits of the data's first source.</param>
/// <param name="note">Told each set's figure: its name, steps done, nDCG@10.</param>
public sealed class RunEvaluator(IReadOnlyList<EvaluationSample> samples, SourceSettings how, Action<string, int, double> note)
{
    const string Measure = "ndcg_cut_10";

    /// <summary>Documents of a ranking that are kept: deeper ones do not count at 10.</summary>
    const int Depth = 10;

    static readonly MeasureSet Measures = MeasureSet.Parse(Measure);

    /// <summary>The mean over the sets.</summary>
    public double Evaluate(TrainedModelView view)
    {
        var scores = samples.Select(sample => Evaluate(view, sample)).ToList();
        foreach (var (sample, score) in samples.Zip(scores))
            note(sample.Name, view.Step, score);
        return scores.Average();
    }

    double Evaluate(TrainedModelView view, EvaluationSample sample)
    {
        var instruction = sample.Instruction ?? how.Instruction;
        var texts = how.InstructionInText && instruction is not null ? [.. sample.Queries.Select(text => $"{instruction} {text}")] : sample.Queries;
        var queries = view.Encode(texts, how.Prompts.ForQuery(how.InstructionInText ? null : instruction), how.QueryMaxTokens);
        var documents = view.Encode(sample.Documents, how.Prompts.ForPassage(null), how.PassageMaxTokens);
        var rankings = new ScoredDocument[queries.Length][];
        Parallel.For(0, queries.Length, i =>
        {
            var excluded = sample.Excluded[sample.QueryIds[i]];
            var best = new PriorityQueue<int, float>();
            for (var j = 0; j < documents.Length; j++)
            {
                if (excluded.Contains(sample.DocumentIds[j]))
                    continue;
                var score = TensorPrimitives.Dot(queries[i], documents[j]);
                if (best.Count < Depth)
                    best.Enqueue(j, score);
                else
                    best.EnqueueDequeue(j, score);
            }
            rankings[i] = [.. best.UnorderedItems.Select(item => new ScoredDocument(sample.DocumentIds[item.Element], item.Priority)).OrderByDescending(document => document.Score)];
        });
        var run = new Run("dense");
        for (var i = 0; i < rankings.Length; i++)
            run.Add(sample.QueryIds[i], rankings[i]);
        return Evaluator.Evaluate(sample.Judgments, run, Measures).MeanOverQrels[Measure];
    }
}
