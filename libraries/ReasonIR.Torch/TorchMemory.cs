namespace ReasonIR.Torch;

/// <summary>Memory of libtorch's tensors on the CPU.</summary>
/// <param name="LiveBytes">Bytes of the tensors there are, saved values of graphs included.</param>
/// <param name="PeakBytes">The most there were.</param>
/// <param name="LiveBlocks">Blocks behind them.</param>
/// <param name="KeptBytes">Freed, and kept for coming tensors.</param>
public readonly record struct TorchMemory(long LiveBytes, long PeakBytes, long LiveBlocks, long KeptBytes);
