namespace ReasonIR.Torch;

/// <summary>NCCL could not do what was asked of it; the communicator is gone.</summary>
public sealed class NcclException(string message, Exception? inner = null) : IOException(message, inner);
