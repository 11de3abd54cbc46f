using ReasonIR.Models.Transformers;
using ReasonIR.Training.Losses;

namespace ReasonIR.Training.Contrastive;

/// <summary>
/// Batches of a dataset's examples: one positive and the hard negatives, drawn by seed, step and example, tokenized as they are read.
/// </summary>
public sealed class ExampleBatches(ContrastiveTrainingSpec spec, ITrainingData data, TextTokens tokens) : IBatchSource
{
    readonly BatchSampler sampler = new(data, spec.BatchSize, spec.Seed, spec.NoDuplicates);

    public int StepsPerEpoch => sampler.StepsPerEpoch;

    public string Fingerprint => data.Fingerprint;

    public async ValueTask<ContrastiveBatch> ReadAsync(int step, CancellationToken cancellationToken)
    {
        var (numbers, epoch) = await sampler.At(step, cancellationToken);
        var examples = await data.ReadAsync(numbers, epoch, cancellationToken);
        var queries = new List<TokenizedText>();
        var passages = new List<TokenizedText>();
        var ids = new List<long>();
        var known = new List<long[]>();
        var (queryOf, positiveOf) = (new List<int>(), new List<int>());
        foreach (var (i, example) in examples.Index())
        {
            if (example.Positives.Count == 0)
                throw new InvalidDataException($"Example {numbers[i]} of '{data.Fingerprint}' has no positive.");
            var draw = new SeededDraw(spec.Seed, step, numbers[i]);
            queries.Add(tokens.Encode(example.Query, spec.QueryPrompt, spec.MaxQueryTokens));
            known.Add([.. example.Positives.Select(SeededDraw.Hash)]);
            positiveOf.Add(passages.Count);
            Add(example.Positives[draw.Below(example.Positives.Count)]);
            foreach (var negative in draw.Some(example.Negatives, spec.NegativesPerQuery))
                Add(negative);

            void Add(string text)
            {
                passages.Add(tokens.Encode(text, spec.PassagePrompt, spec.MaxPassageTokens));
                ids.Add(SeededDraw.Hash(text));
                queryOf.Add(i);
            }
        }
        return new(queries, passages, new([.. queryOf], [.. positiveOf]))
        {
            ExampleIds = [.. numbers.Select(n => $"{n}")],
            PassageIds = ids,
            KnownPositives = known,
        };
    }
}
