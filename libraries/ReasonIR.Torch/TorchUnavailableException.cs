namespace ReasonIR.Torch;

/// <summary>libtorch is needed and is not there; the message says what to install.</summary>
public sealed class TorchUnavailableException(string reason) : NotSupportedException($"This needs libtorch, which is not available: {reason}.");
