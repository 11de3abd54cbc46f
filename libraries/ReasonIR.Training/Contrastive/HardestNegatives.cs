using static TorchSharp.torch;

namespace ReasonIR.Training.Contrastive;

/// <summary>Finds the negatives of a batch that a model tells apart least: too hard ones are often false.</summary>
static class HardestNegatives
{
    const int Count = 8;

    /// <param name="queries">[queries, width]</param>
    /// <param name="passages">[passages, width]</param>
    public static List<HardNegative> Of(ContrastiveBatch batch, Tensor queries, Tensor passages, int step)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var cosines = nn.functional.normalize(queries.to(float32)).matmul(nn.functional.normalize(passages.to(float32)).t()).cpu().contiguous().data<float>().ToArray();
        var positive = new HashSet<(int, int)>(batch.Groups.RowPairs);
        var first = new Dictionary<int, int>();
        foreach (var (query, passage) in batch.Groups.RowPairs)
            first.TryAdd(query, passage);
        var found = new List<HardNegative>();
        for (var i = 0; i < batch.Groups.Queries; i++)
        {
            var hardest = Enumerable.Range(0, batch.Groups.Passages).Where(j => !positive.Contains((i, j))).DefaultIfEmpty(-1).MaxBy(j => j < 0 ? 0 : Cosine(i, j));
            if (hardest >= 0)
                found.Add(new(step, batch.NameOf(i), batch.NameOf(batch.Groups.QueryOf(hardest)), batch.Groups.QueryOf(hardest) == i, Cosine(i, hardest), Cosine(i, first[i]), batch.Queries[i], batch.Passages[hardest]));
        }
        return [.. found.OrderByDescending(n => n.Score - n.PositiveScore).Take(Count)];

        float Cosine(int query, int passage) => cosines[query * batch.Groups.Passages + passage];
    }
}
