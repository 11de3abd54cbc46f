using System.ComponentModel.DataAnnotations;

namespace ReasonIR.Encoder.Serving;

/// <summary>How models are held; section <c>Serving</c> of the configuration.</summary>
public sealed class ServingOptions
{
    /// <summary>Models held in memory; the one unused longest makes room.</summary>
    [Range(1, 1000)]
    public int LoadedModels { get; set; } = 4;

    /// <summary>Texts a request may hold.</summary>
    [Range(1, 1_000_000)]
    public int RequestTexts { get; set; } = 2048;

    /// <summary>Characters a text may hold.</summary>
    [Range(1, 100_000_000)]
    public int TextCharacters { get; set; } = 1_000_000;
}
