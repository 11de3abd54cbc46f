using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Models.Transformers;

/// <summary>
/// Sequences of tokens end to end, without padding. The tensors belong to the dispose scope in which the batch was made.
/// </summary>
public sealed class PackedBatch
{
    PackedBatch(Tensor ids, Tensor positions, Tensor? types, Tensor offsets, long[] bounds) =>
        (Ids, Positions, TypeIds, Offsets, Bounds) = (ids, positions, types, offsets, bounds);

    /// <summary>int64 [tokens]</summary>
    public Tensor Ids { get; }

    /// <summary>int64 [tokens]: the place of each token in its sequence, from 0.</summary>
    public Tensor Positions { get; }

    /// <summary>int64 [tokens]: token types (segments); null where all are 0.</summary>
    public Tensor? TypeIds { get; }

    /// <summary>int64 [sequences + 1]: where each sequence starts, and the number of tokens.</summary>
    public Tensor Offsets { get; }

    /// <summary>The same as <see cref="Offsets"/>.</summary>
    public IReadOnlyList<long> Bounds { get; }

    public int Count => Bounds.Count - 1;

    public long Tokens => Bounds[^1];

    public int Length(int sequence) => (int)(Bounds[sequence + 1] - Bounds[sequence]);

    /// <summary>
    /// The same batch where the model is; its tensors belong to the current dispose scope if they had to move. To a GPU they are copied beside
    /// its computation, from pinned memory. The offsets stay on the CPU: attention cuts by them there.
    /// </summary>
    public PackedBatch On(Device device)
    {
        if (Ids.device.type == device.type)
            return this;
        Tensor Move(Tensor tensor) => device.type == DeviceType.CUDA ? tensor.pin_memory().to(device, non_blocking: true) : tensor.to(device);
        return new(Move(Ids), Move(Positions), TypeIds is null ? null : Move(TypeIds), Offsets, [.. Bounds]);
    }

    /// <param name="sequences">Token ids of each sequence, special tokens included; none is empty.</param>
    /// <param name="types">Token types of each sequence; null: all 0.</param>
    public static PackedBatch From(IReadOnlyList<IReadOnlyList<int>> sequences, IReadOnlyList<IReadOnlyList<int>>? types = null)
    {
        var bounds = new long[sequences.Count + 1];
        for (var i = 0; i < sequences.Count; i++)
        {
            if (sequences[i].Count == 0)
                throw new ArgumentException($"Sequence {i} has no tokens.", nameof(sequences));
            bounds[i + 1] = bounds[i] + sequences[i].Count;
        }
        var ids = new long[bounds[^1]];
        var positions = new long[ids.Length];
        var typeIds = types is null ? null : new long[ids.Length];
        for (int i = 0, at = 0; i < sequences.Count; i++)
            for (var j = 0; j < sequences[i].Count; j++, at++)
            {
                ids[at] = sequences[i][j];
                positions[at] = j;
                if (typeIds is not null)
                    typeIds[at] = types![i][j];
            }
        return new(tensor(ids), tensor(positions), typeIds is null ? null : tensor(typeIds), tensor(bounds), bounds);
    }
}
