namespace ReasonIR.Training.Static;

/// <summary>The recipe's one configuration for every corpus.</summary>
public sealed record StaticOptions
{
    /// <summary>Length of a vector.</summary>
    public int Dimension { get; init; } = 256;

    /// <summary>Pairs a step; fewer where the corpus has fewer documents.</summary>
    public int BatchSize { get; init; } = 512;

    public float Temperature { get; init; } = 0.07f;

    public float LearningRate { get; init; } = 0.003f;

    /// <summary>Share of the documents that give no pairs and decide when to stop.</summary>
    public double HeldOutShare { get; init; } = 0.1;

    /// <summary>At most so many sentences of a held-out document must find its rest.</summary>
    public int SentencesPerHeldOut { get; init; } = 4;

    /// <summary>Steps between looks at the held-out documents; null: four passes over the corpus, from 10 to 40.</summary>
    public int? CheckEvery { get; init; }

    /// <summary>Looks without a new minimum before training stops.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>A new minimum is lower by at least this share of what training has gained so far.</summary>
    public double SmallestGain { get; init; } = 0.05;

    /// <summary>Steps at most; 0 leaves the start as it is.</summary>
    public int MaxSteps { get; init; } = 4000;

    /// <summary>Wall-clock limit, preparation and earlier attempts included; null: none.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>Most words in the vocabulary; the rarest are left out beyond.</summary>
    public int MaxWords { get; init; } = 200_000;

    /// <summary>Documents that the SVD start reads at most (drawn by seed).</summary>
    public int MaxSvdDocuments { get; init; } = 100_000;

    /// <summary>Held-out documents at most, so that a look stays cheap on a large corpus.</summary>
    public int MaxHeldOut { get; init; } = 1000;

    public int Seed { get; init; }

    /// <summary>Threads; 0: as many as there are processors. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Steps between checkpoints where a path is given; null: as often as it costs less than a twentieth of the time.</summary>
    public int? CheckpointEvery { get; init; }

    internal int Workers => Threads > 0 ? Threads : Environment.ProcessorCount;

    /// <exception cref="ArgumentOutOfRangeException">A setting is outside what makes sense; the message names it.</exception>
    internal void Validate()
    {
        Range(Dimension, 1, 8192, nameof(Dimension));
        Range(BatchSize, 2, 65536, nameof(BatchSize));
        Range(Temperature, 1e-4, 100, nameof(Temperature));
        Range(LearningRate, 0, 10, nameof(LearningRate));
        Range(HeldOutShare, 0, 0.5, nameof(HeldOutShare));
        Range(SentencesPerHeldOut, 1, 1000, nameof(SentencesPerHeldOut));
        Range(CheckEvery ?? 1, 1, int.MaxValue, nameof(CheckEvery));
        Range(SmallestGain, 0, 1, nameof(SmallestGain));
        Range(Patience, 1, int.MaxValue, nameof(Patience));
        Range(MaxSteps, 0, int.MaxValue, nameof(MaxSteps));
        Range(CheckpointEvery ?? 1, 1, int.MaxValue, nameof(CheckpointEvery));

        static void Range(double value, double from, double to, string name)
        {
            if (!(value >= from && value <= to))
                throw new ArgumentOutOfRangeException(name, value, $"{name}: a value from {from} to {to} was expected.");
        }
    }
}
