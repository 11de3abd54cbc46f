using ReasonIR.Training.Contrastive;

namespace ReasonIR.Training.Data;

/// <summary>An example of a mixture.</summary>
/// <param name="Source">Its source's number.</param>
/// <param name="Number">Its number there.</param>
/// <param name="Pass">How often the source has been gone through before.</param>
readonly record struct MixtureExample(int Source, int Number, int Pass);

/// <summary>The batches of one epoch: a function of the sources' counts, the settings and the epoch's number.</summary>
sealed class EpochPlan
{
    /// <summary>Waiting examples that are tried for a batch, in multiples of its size.</summary>
    const int WaitingTried = 4;

    /// <summary>Exchanges that are tried to place an example that fits nowhere.</summary>
    const int MostExchanges = 64;

    readonly IReadOnlyList<IExampleSource> sources;
    readonly MixtureSettings settings;
    readonly List<long> keys = [];

    EpochPlan(IReadOnlyList<IExampleSource> sources, MixtureSettings settings) => (this.sources, this.settings) = (sources, settings);

    /// <summary>Each batch's examples.</summary>
    public IReadOnlyList<MixtureExample[]> Batches { get; private set; } = [];

    /// <summary>Examples that share query or positive with too many others to be in any batch, and those of an end that is too small for one.</summary>
    public int LeftOut { get; private set; }

    public static EpochPlan Make(IReadOnlyList<IExampleSource> sources, MixtureSettings settings, IReadOnlyList<int> perEpoch, int epoch, CancellationToken cancellation)
    {
        var plan = new EpochPlan(sources, settings);
        var draw = new SeededDraw(settings.Seed, epoch, 1);
        var streams = perEpoch.Select((count, source) => plan.Stream(source, count, epoch)).ToList();
        var batches = new List<MixtureExample[]>();
        if (settings.SingleSource)
        {
            foreach (var stream in streams)
                batches.AddRange(plan.Place(stream, draw, cancellation));
            batches = [.. draw.Permutation(batches.Count).Select(place => batches[place])];
        }
        else
        {
            var all = streams.SelectMany(stream => stream).ToArray();
            batches.AddRange(plan.Place(streams.Count == 1 ? all : [.. draw.Permutation(all.Length).Select(place => all[place])], draw, cancellation));
        }
        plan.Batches = batches;
        plan.LeftOut = perEpoch.Sum() - batches.Sum(batch => batch.Length);
        return plan;
    }

    /// <summary>What a source gives in an epoch: the next so many of an endless row of its shuffles.</summary>
    MixtureExample[] Stream(int source, int count, int epoch)
    {
        var of = sources[source].Count;
        var taken = new MixtureExample[count];
        var position = (long)epoch * count;
        for (var i = 0; i < count;)
        {
            var pass = (int)(position / of);
            var order = new SeededDraw(settings.Seed, source, pass, 2).Permutation(of);
            for (var place = (int)(position % of); place < of && i < count; place++, i++, position++)
                taken[i] = new(source, order[place], pass);
        }
        return taken;
    }

    /// <summary>Cuts a row into batches in which no two examples share query or positive; one that does waits for a later batch.</summary>
    List<MixtureExample[]> Place(MixtureExample[] order, SeededDraw draw, CancellationToken cancellation)
    {
        var batches = new List<List<MixtureExample>>();
        var count = settings.Batches(order.Length);
        var waiting = new Queue<MixtureExample>();
        var next = 0;
        var seen = new HashSet<long>();
        for (var b = 0; b < count; b++)
        {
            cancellation.ThrowIfCancellationRequested();
            var size = Math.Min(settings.BatchSize, order.Length - b * settings.BatchSize);
            var batch = new List<MixtureExample>(size);
            seen.Clear();
            for (var tried = Math.Min(waiting.Count, WaitingTried * settings.BatchSize); tried > 0 && batch.Count < size; tried--)
                Take(waiting.Dequeue());
            while (batch.Count < size && next < order.Length)
                Take(order[next++]);
            batches.Add(batch);

            void Take(MixtureExample example)
            {
                if (KeysOf(example).Any(seen.Contains))
                {
                    waiting.Enqueue(example);
                    return;
                }
                seen.UnionWith(keys);
                batch.Add(example);
            }
        }
        while (waiting.TryDequeue(out var example))
            Exchange(batches, example, ref draw);
        // One that lost all it was to have cannot be a step.
        return [.. batches.Where(batch => batch.Count > 0).Select(batch => batch.ToArray())];
    }

    /// <summary>Puts an example into an earlier batch, in the place of one that fits into a batch with room.</summary>
    void Exchange(List<List<MixtureExample>> batches, MixtureExample example, ref SeededDraw draw)
    {
        var open = batches.FindLastIndex(batch => batch.Count < settings.BatchSize);
        if (open < 0)
            return;
        for (var tries = 0; tries < Math.Min(MostExchanges, batches.Count); tries++)
        {
            var batch = batches[draw.Below(batches.Count)];
            if (batch == batches[open] || batch.Count == 0 || Conflicts(batch, example, -1))
                continue;
            for (var place = 0; place < batch.Count; place++)
                if (!Conflicts(batches[open], batch[place], -1))
                {
                    batches[open].Add(batch[place]);
                    batch[place] = example;
                    return;
                }
        }
    }

    bool Conflicts(List<MixtureExample> batch, MixtureExample example, int except)
    {
        var own = new HashSet<long>(KeysOf(example));
        return batch.Where((_, place) => place != except).Any(other => KeysOf(other).Any(own.Contains));
    }

    /// <summary>Valid until the next call.</summary>
    List<long> KeysOf(MixtureExample example)
    {
        keys.Clear();
        sources[example.Source].AddKeys(example.Number, example.Pass, keys);
        return keys;
    }
}
