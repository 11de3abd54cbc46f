using System.ComponentModel.DataAnnotations;
using ReasonIR.Torch;

namespace ReasonIR.Encoder.Serving;

/// <summary>How models are held and requests are taken; section <c>Serving</c> of the configuration.</summary>
public sealed class ServingOptions
{
    /// <summary>Models held in memory; the one unused longest makes room.</summary>
    [Range(1, 1000)]
    public int LoadedModels { get; set; } = 16;

    /// <summary>Bytes that the weights of all loaded models may take together; null: 60 % of the machine's memory.</summary>
    [Range(1, long.MaxValue)]
    public long? MemoryBytes { get; set; }

    /// <summary>How long a request waits for room in memory while other models are in use.</summary>
    public TimeSpan LoadWait { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Models that are loaded when the service starts, so that the first request need not wait.</summary>
    public string[] Preload { get; set; } = [];

    /// <summary>The model of requests that name none; null: the only one there is.</summary>
    public string? DefaultModel { get; set; }

    /// <summary>Type of computation of models whose own settings do not say: <c>f32</c> or <c>bf16</c>.</summary>
    [AllowedValues("f32", "bf16")]
    public string Compute { get; set; } = "f32";

    /// <summary>Where transformers compute: <c>auto</c> (the first GPU where libtorch sees one, else the CPU), <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    [RegularExpression("auto|cpu|cuda(:[0-9]{1,2})?")]
    public string Device { get; set; } = "auto";

    /// <summary>Texts a request may hold.</summary>
    [Range(1, 1_000_000)]
    public int RequestTexts { get; set; } = 2048;

    /// <summary>Characters a text may hold.</summary>
    [Range(1, 100_000_000)]
    public int TextCharacters { get; set; } = 1_000_000;

    /// <summary>Bytes of the vectors of an answer to <c>/embed_all</c>, where each token has one.</summary>
    [Range(1, long.MaxValue)]
    public long TokenVectorBytes { get; set; } = 256L << 20;

    /// <summary>Tokens of a batch; null: what the model's encoder finds best on this device.</summary>
    [Range(1, 10_000_000)]
    public int? BatchTokens { get; set; }

    /// <summary>Tokens that may wait for a model; a request that would go beyond gets 429, unless nothing waits.</summary>
    [Range(1, long.MaxValue)]
    public long QueueTokens { get; set; } = 1_000_000;

    /// <summary>After a batch of several requests: how long the next one waits for as many to come back, or a twentieth of that batch's time where that is longer; 0: not at all.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>What becomes of a text that is too long where a request to <c>/v1/embeddings</c> does not say.</summary>
    [AllowedValues("error", "start", "end")]
    public string Truncation { get; set; } = "end";

    /// <summary>Bytes of the cache of embeddings on disk, for each process; 0: none.</summary>
    [Range(0, long.MaxValue)]
    public long CacheBytes { get; set; } = 1L << 30;

    /// <summary>Where that cache lies; null: <c>cache/embeddings</c> in the artifact store.</summary>
    public string? CachePath { get; set; }

    /// <summary>The device that <see cref="Device"/> means on this machine.</summary>
    /// <exception cref="ArgumentException">It is not there; the message says what libtorch sees.</exception>
    public TorchSharp.torch.Device Place() => Device == "auto" ? TorchRuntime.BestDevice : TorchSharp.torch.device(Device);
}
