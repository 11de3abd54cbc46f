namespace ReasonIR.Language.Batches;

/// <param name="State"><c>validating</c>, <c>in_progress</c>, <c>finalizing</c>, <c>completed</c>, <c>failed</c>, <c>expired</c>, <c>cancelling</c>, <c>cancelled</c>.</param>
/// <param name="Error">Why the server refused the file, or null.</param>
sealed record ServerBatch(string Id, string State, string? OutputFile, string? ErrorFile, string? Error)
{
    public bool HasEnded => State is "completed" or "failed" or "expired" or "cancelled";
}
