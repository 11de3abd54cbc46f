namespace ReasonIR.Experiments.Language;

/// <summary>An answered call to a language model; unique by request hash, so that the same request is never paid for twice.</summary>
public sealed class LlmCall
{
    public long Id { get; init; }

    /// <summary>The run that paid for it, or null.</summary>
    public long? RunId { get; init; }

    /// <summary>"brainstorm", "hard-query", "hard-negative", "rewrite", "rerank", ...</summary>
    public required string Purpose { get; init; }

    public required string Model { get; init; }

    /// <summary>Hex SHA-256 of endpoint, model, messages, schema, sampling settings and the sample's number.</summary>
    public required string RequestHash { get; init; }

    /// <summary>Hex SHA-256 of the prompt template.</summary>
    public string PromptHash { get; init; } = "";

    /// <summary>The answer's text.</summary>
    public required string Response { get; init; }

    /// <summary>"stop", "length" (cut off), "content_filter", or the server's own word.</summary>
    public string FinishReason { get; init; } = "stop";

    /// <summary>The model's refusal, where the server reports one apart from the text.</summary>
    public string? Refusal { get; init; }

    public int PromptTokens { get; init; }

    public int CompletionTokens { get; init; }

    /// <summary>The endpoint's name in the configuration.</summary>
    public string Endpoint { get; init; } = "default";

    /// <summary>Answered as a line of a batch.</summary>
    public bool Batch { get; init; }

    /// <summary>The model's thoughts, where the server reports them apart.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Tokens of the thoughts; part of the completion.</summary>
    public int ReasoningTokens { get; init; }

    /// <summary>Prompt tokens that the server had in its own cache.</summary>
    public int CachedTokens { get; init; }

    /// <summary>The server counted nothing: tokens come from the texts' lengths.</summary>
    public bool UsageEstimated { get; init; }

    /// <summary>In the currency of the configured prices; 0 where none are.</summary>
    public decimal Cost { get; init; }

    /// <summary>From sending to the last byte.</summary>
    public int Milliseconds { get; init; }

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;
}
