using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Losses;
using static TorchSharp.torch;

namespace ReasonIR.Training.Contrastive;

/// <summary>A batch as tokens: queries and passages go through the model as one packed batch.</summary>
public sealed record ContrastiveBatch(IReadOnlyList<TokenizedText> Queries, IReadOnlyList<TokenizedText> Passages, PassageGroups Groups)
{
    /// <summary>InfoNCE of the batch, a scalar with its gradient graph.</summary>
    public Tensor Loss(SentenceModel model, InfoNceOptions options)
    {
        using var scope = NewDisposeScope();
        var all = Queries.Concat(Passages).ToList();
        var vectors = model.Encode(PackedBatch.From([.. all.Select(t => t.Ids)]), model.IncludePrompt ? null : [.. all.Select(t => t.Prompt)]);
        return InfoNce.Loss(vectors.narrow(0, 0, Queries.Count), vectors.narrow(0, Queries.Count, Passages.Count), Groups, options).MoveToOuterDisposeScope();
    }
}

/// <summary>Makes batches of a dataset's examples: one positive and the hard negatives drawn by seed, step and example, then tokenized.</summary>
sealed class BatchTexts
{
    readonly ContrastiveTrainingSpec spec;
    readonly TextTokens tokens;

    public BatchTexts(ContrastiveTrainingSpec spec, SentenceTransformersFolder folder, SentenceModel model)
    {
        this.spec = spec;
        tokens = TextTokens.Open(folder, model.Transformer);
    }

    public ContrastiveBatch Read(ITrainingData data, int[] numbers, int epoch, int step, CancellationToken cancellationToken)
    {
        var examples = data.ReadAsync(numbers, epoch, cancellationToken).GetAwaiter().GetResult();
        var queries = new List<TokenizedText>();
        var passages = new List<TokenizedText>();
        var (queryOf, positiveOf) = (new List<int>(), new List<int>());
        foreach (var (i, example) in examples.Index())
        {
            if (example.Positives.Count == 0)
                throw new InvalidDataException($"Example {numbers[i]} of '{data.Fingerprint}' has no positive.");
            var draw = new SeededDraw(spec.Seed, step, numbers[i]);
            queries.Add(tokens.Encode(example.Query, spec.QueryPrompt, spec.MaxQueryTokens));
            positiveOf.Add(passages.Count);
            Add(example.Positives[draw.Below(example.Positives.Count)]);
            foreach (var negative in draw.Some(example.Negatives, spec.NegativesPerQuery))
                Add(negative);

            void Add(string text)
            {
                passages.Add(tokens.Encode(text, spec.PassagePrompt, spec.MaxPassageTokens));
                queryOf.Add(i);
            }
        }
        return new(queries, passages, new([.. queryOf], [.. positiveOf]));
    }
}
