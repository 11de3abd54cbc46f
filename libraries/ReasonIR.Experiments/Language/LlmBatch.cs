namespace ReasonIR.Experiments.Language;

public enum LlmBatchState { Preparing, Submitted, Ended }

/// <summary>Requests handed to an endpoint as one batch file.</summary>
public sealed class LlmBatch
{
    public long Id { get; init; }

    /// <summary>The endpoint's name in the configuration.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Its address: a batch belongs to the server it was given to.</summary>
    public required string Address { get; init; }

    public required string Model { get; init; }

    /// <summary>Stands in the batch's metadata at the server.</summary>
    public required string Token { get; init; }

    /// <summary>The server's id; null until the batch was created there.</summary>
    public string? BatchId { get; set; }

    public LlmBatchState State { get; set; }

    /// <summary>The server's word: <c>validating</c>, <c>in_progress</c>, <c>completed</c>, <c>expired</c>, ...</summary>
    public string ServerState { get; set; } = "";

    public string? Error { get; set; }

    /// <summary>The process that looks after it renews this; after it another may.</summary>
    public DateTimeOffset LeasedUntil { get; set; }

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;

    public DateTimeOffset? EndedAt { get; set; }

    public List<LlmBatchRequest> Requests { get; init; } = [];
}

public enum LlmBatchRequestState { Waiting, Answered, Failed }

/// <summary>A line of a batch file. An answer stands in <see cref="LlmCall"/> under the same hash.</summary>
public sealed class LlmBatchRequest
{
    public long BatchId { get; init; }

    public required string RequestHash { get; init; }

    public long? RunId { get; init; }

    public required string Purpose { get; init; }

    public string PromptHash { get; init; } = "";

    public LlmBatchRequestState State { get; set; }

    /// <summary>The HTTP status of a line that failed, or 0.</summary>
    public int Status { get; set; }

    public string? Error { get; set; }
}
