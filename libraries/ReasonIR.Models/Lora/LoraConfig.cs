namespace ReasonIR.Models.Lora;

/// <summary>A LoRA adapter's settings with PEFT's names, meanings and defaults.</summary>
public sealed record LoraConfig
{
    /// <summary>PEFT's <c>r</c>.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>The product counts alpha / rank times (with <see cref="RankStabilized"/> alpha / sqrt(rank)).</summary>
    public double Alpha { get; init; } = 8;

    /// <summary>Share of the input zeroed on the adapter's way, in training.</summary>
    public double Dropout { get; init; }

    /// <summary>PEFT's <c>use_rslora</c> (Kalajdzievski 2023).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>The linear maps that have the adapter.</summary>
    public required LoraTargets Targets { get; init; }

    /// <summary>Ranks of modules whose names end with a pattern; the first that matches counts.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> RankPattern { get; init; } = [];

    /// <summary>Alphas likewise.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>Modules stored whole beside the adapter; only those outside the body (heads) can be passed over.</summary>
    public IReadOnlyList<string> SavedModules { get; init; } = [];

    /// <summary>The base model as the adapter names it: a path or a name on the hub.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Rank of the adapter beside the module of that name.</summary>
    public int RankOf(string module) => (int)Find(RankPattern, module, Rank);

    /// <summary>Factor on B A of the module of that name.</summary>
    public double ScaleOf(string module)
    {
        var (rank, alpha) = (RankOf(module), Find(AlphaPattern, module, Alpha));
        return alpha / (RankStabilized ? Math.Sqrt(rank) : rank);
    }

    static double Find(IReadOnlyList<KeyValuePair<string, double>> patterns, string module, double standard)
    {
        foreach (var (pattern, value) in patterns)
            if (LoraTargets.Matches($@"(.*\.)?({pattern})", module))
                return value;
        return standard;
    }
}
