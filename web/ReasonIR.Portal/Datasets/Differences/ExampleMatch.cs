namespace ReasonIR.Portal.Datasets.Differences;

/// <summary>An example that only one version has, or that both have in different states. Ordinals; null: not there.</summary>
public readonly record struct ExamplePair(int? A, int? B)
{
    /// <summary><c>added</c>, <c>removed</c> or <c>changed</c>.</summary>
    public string Change => A is null ? "added" : B is null ? "removed" : "changed";
}

/// <summary>Which examples of two versions are the same, and which became which.</summary>
/// <param name="Unchanged">How many are the same, wherever they stand.</param>
/// <param name="Pairs">The others, by their place in the first version, then in the second.</param>
public sealed record ExampleMatch(int Unchanged, IReadOnlyList<ExamplePair> Pairs)
{
    /// <summary>Matches by content first, then by question, then by source and positive; equal ones in their order.</summary>
    public static ExampleMatch Of(IReadOnlyList<ExampleIdentity> a, IReadOnlyList<ExampleIdentity> b)
    {
        var (leftA, leftB) = (a.ToList(), b.ToList());
        var unchanged = Match(ref leftA, ref leftB, example => example.Content).Count;
        var changed = Match(ref leftA, ref leftB, example => example.Question);
        changed.AddRange(Match(ref leftA, ref leftB, example => example.Origin));
        return new(unchanged, [.. changed.Concat(leftA.Select(example => new ExamplePair(example.Ordinal, null))).Concat(leftB.Select(example => new ExamplePair(null, example.Ordinal)))
            .OrderBy(pair => pair.A ?? pair.B).ThenBy(pair => pair.A is null)]);
    }

    static List<ExamplePair> Match(ref List<ExampleIdentity> a, ref List<ExampleIdentity> b, Func<ExampleIdentity, UInt128> key)
    {
        var waiting = new Dictionary<UInt128, Queue<int>>();
        foreach (var example in b)
        {
            if (!waiting.TryGetValue(key(example), out var queue))
                waiting.Add(key(example), queue = new());
            queue.Enqueue(example.Ordinal);
        }
        var (pairs, left, taken) = (new List<ExamplePair>(), new List<ExampleIdentity>(), new HashSet<int>());
        foreach (var example in a)
            if (waiting.TryGetValue(key(example), out var queue) && queue.TryDequeue(out var other))
            {
                pairs.Add(new(example.Ordinal, other));
                taken.Add(other);
            }
            else
                left.Add(example);
        (a, b) = (left, [.. b.Where(example => !taken.Contains(example.Ordinal))]);
        return pairs;
    }
}
