namespace ReasonIR.Training.Contrastive;

/// <summary>
/// The batches of each epoch: a shuffle by seed and epoch, cut into batches, the last one smaller. Its whole state is the step: a resumed
/// run makes the same plan again.
/// </summary>
public sealed class BatchSampler(ITrainingData data, int batchSize, int seed, bool noDuplicates)
{
    const int ReadAhead = 4096;

    int plannedEpoch = -1;
    List<int[]> plan = [];

    /// <summary>Steps of an epoch; with <c>noDuplicates</c> there may be a few more, which the next epoch's order makes up for.</summary>
    public int StepsPerEpoch => (data.Count + batchSize - 1) / batchSize;

    /// <summary>The examples' numbers of a step (from 0) and its epoch.</summary>
    public async Task<(int[] Numbers, int Epoch)> At(int step, CancellationToken cancellationToken)
    {
        var epoch = step / StepsPerEpoch;
        if (epoch != plannedEpoch)
        {
            var order = new SeededDraw(seed, epoch).Permutation(data.Count);
            plan = noDuplicates ? await Apart(order, epoch, cancellationToken) : [.. order.Chunk(batchSize)];
            plannedEpoch = epoch;
        }
        return (plan[step % StepsPerEpoch], epoch);
    }

    /// <summary>
    /// Batches in which no text occurs twice (sentence-transformers' NoDuplicatesBatchSampler): an example that shares one waits for the
    /// next batch. Texts are compared by 64-bit hashes.
    /// </summary>
    async Task<List<int[]>> Apart(int[] order, int epoch, CancellationToken cancellationToken)
    {
        var texts = new Dictionary<int, long[]>(order.Length);
        foreach (var chunk in order.Chunk(ReadAhead))
            foreach (var (number, example) in chunk.Zip(await data.ReadAsync(chunk, epoch, cancellationToken)))
                texts[number] = [.. example.Positives.Concat(example.Negatives).Append(example.Query).Select(SeededDraw.Hash).Distinct()];
        var batches = new List<int[]>();
        var waiting = new LinkedList<int>(order);
        while (waiting.Count > 0)
        {
            var (batch, seen) = (new List<int>(batchSize), new HashSet<long>());
            for (var node = waiting.First; node is not null && batch.Count < batchSize;)
            {
                var next = node.Next;
                if (!texts[node.Value].Any(seen.Contains))
                {
                    batch.Add(node.Value);
                    seen.UnionWith(texts[node.Value]);
                    waiting.Remove(node);
                }
                node = next;
            }
            batches.Add([.. batch]);
        }
        return batches;
    }
}
