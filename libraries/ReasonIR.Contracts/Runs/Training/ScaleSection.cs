using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs.Training;

/// <summary>How a batch is fitted into memory, and over how many processes.</summary>
/// <param name="GradCache">Texts encoded at a time; the result is that of the whole batch at once.</param>
/// <param name="Accumulation">The batch is cut into so many parts, whose passages are negatives only of their own queries; another loss than GradCache's.</param>
/// <param name="Checkpointing">Activations are recomputed in the backward pass.</param>
/// <param name="Precision"><c>f32</c>, <c>bf16</c> (weights f32, the encoder computes in bf16) or <c>pureBf16</c> (weights bf16 too, with an f32 copy for the optimizer).</param>
/// <param name="Lora">Low-rank adapters in place of the weights.</param>
/// <param name="Freeze">Names of parameters that are not trained, with * and ?.</param>
/// <param name="FreezeEmbeddings">Token, position and type tables are not trained.</param>
/// <param name="FreezeLayers">The first so many layers are not trained.</param>
/// <param name="Workers">Processes on this machine, each with its part of the batch; negatives are gathered across them.</param>
/// <param name="Collective">How vectors and gradients travel between them: <c>auto</c> (also where null; NCCL where each has a GPU of its own, else the ring), <c>ring</c> (sockets, through the host) or <c>nccl</c>.</param>
/// <param name="Threads">Of each process; null: its share of the cores.</param>
/// <param name="CheckpointSteps">Steps between checkpoints.</param>
/// <param name="Memory">Bytes the run may take, in GiB; null: what the machine has free.</param>
public sealed record ScaleSection(
    GradCacheSection? GradCache = null, int? Accumulation = null, bool? Checkpointing = null, string? Precision = null, LoraSection? Lora = null,
    IReadOnlyList<string>? Freeze = null, bool? FreezeEmbeddings = null, int? FreezeLayers = null, int? Workers = null, int? Threads = null,
    int? CheckpointSteps = null, double? Memory = null, string? Collective = null)
{
    internal IEnumerable<string> Problems(int? batchSize) =>
    [
        .. SpecChecks.Range("scale.gradCache.texts", GradCache?.Texts, 1, 1_000_000),
        .. SpecChecks.Range("scale.gradCache.tokens", GradCache?.Tokens, 1, 100_000_000),
        .. GradCache is { Texts: null, Tokens: null } ? new[] { "scale.gradCache: expected texts or tokens at a time, found neither." } : [],
        .. SpecChecks.Range("scale.accumulation", Accumulation, 1, Math.Max(1, (batchSize ?? 65_536) / 2)),
        .. GradCache is not null && Accumulation > 1 ? new[] { "scale.accumulation: expected either gradCache or accumulation, found both." } : [],
        .. Precision is null ? [] : SpecChecks.OneOf("scale.precision", Precision, "f32", "bf16", "pureBf16"),
        .. SpecChecks.Range("scale.lora.rank", Lora?.Rank, 1, 4096),
        .. SpecChecks.Range("scale.lora.alpha", Lora?.Alpha, 1e-6, 1e6),
        .. SpecChecks.Range("scale.lora.dropout", Lora?.Dropout, 0, 0.99),
        .. Lora?.Targets is { Count: 0 } ? new[] { "scale.lora.targets: expected names of linears, or nothing for all of the layers'." } : [],
        .. SpecChecks.Patterns("scale.lora.targets", Lora?.Targets),
        .. SpecChecks.Patterns("scale.freeze", Freeze),
        .. SpecChecks.Range("scale.freezeLayers", FreezeLayers, 0, 10_000),
        .. SpecChecks.Range("scale.workers", Workers, 1, 256),
        .. batchSize is { } batch && Workers > batch / 2 ? new[] { $"scale.workers: expected at least 2 queries a worker, found {batch} over {Workers}." } : [],
        .. Collective is null ? [] : SpecChecks.OneOf("scale.collective", Collective, "auto", "ring", "nccl"),
        .. Collective == "nccl" && Workers is null or 1 ? new[] { "scale.collective: one process has nobody to send to; expected scale.workers of 2 or more, found 1." } : [],
        .. SpecChecks.Range("scale.threads", Threads, 1, 1024),
        .. SpecChecks.Range("scale.checkpointSteps", CheckpointSteps, 1, 1_000_000),
        .. SpecChecks.Range("scale.memory", Memory, 0.01, 1_000_000),
    ];
}

/// <summary>GradCache (Gao et al. 2021). With both, a chunk ends at whichever comes first.</summary>
/// <param name="Texts">Texts encoded at a time, queries and passages apart.</param>
/// <param name="Tokens">Tokens encoded at a time.</param>
[Shorthand(nameof(Texts))]
public sealed record GradCacheSection(int? Texts = null, int? Tokens = null);

/// <summary>Low-rank adapters (Hu et al. 2021).</summary>
/// <param name="Rank">r.</param>
/// <param name="Alpha">The update is scaled by alpha / r.</param>
/// <param name="Dropout">On the adapters' input.</param>
/// <param name="Targets">Last parts of the names of the linears that get one; null: all of the layers'.</param>
/// <param name="RankStabilized">Scales by alpha / √r.</param>
[Shorthand(nameof(Rank))]
public sealed record LoraSection(int Rank = 8, double Alpha = 16, double Dropout = 0, IReadOnlyList<string>? Targets = null, bool RankStabilized = false);
