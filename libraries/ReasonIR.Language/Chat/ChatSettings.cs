using ReasonIR.Language.Spending;

namespace ReasonIR.Language.Chat;

/// <summary>How a server is asked for JSON of a given schema.</summary>
public enum StructuredOutput
{
    /// <summary>JSON schema first; a server that refuses it is asked in words from then on.</summary>
    Auto,

    /// <summary><c>response_format: json_schema</c>.</summary>
    Schema,

    /// <summary><c>response_format: json_object</c>, with the schema in the system message.</summary>
    Object,

    /// <summary>No response format; the schema stands in the system message alone.</summary>
    Text,
}

/// <summary>The field that bounds an answer: older servers know only <c>max_tokens</c>.</summary>
public enum TokenLimitField { MaxCompletionTokens, MaxTokens }

/// <summary>
/// One OpenAI-compatible chat endpoint. Read from <c>REASONIR_CHAT_*</c> or the configuration section <c>Chat</c>, others from
/// <c>Chat:Endpoints:NAME</c> (<see cref="ChatConfiguration"/>). Without an endpoint the system runs without a language model.
/// </summary>
public sealed class ChatSettings
{
    /// <summary>The endpoint that is asked where none is named.</summary>
    public const string DefaultName = "default";

    /// <summary>What runs call it by.</summary>
    public string Name { get; set; } = DefaultName;

    /// <summary>The base address up to and including the version, such as <c>http://127.0.0.1:8080/v1</c>.</summary>
    public Uri? Endpoint { get; set; }

    public string? Model { get; set; }

    /// <summary>Sent as a bearer token. Local servers need none.</summary>
    public string? Key { get; set; }

    /// <summary>Time for one attempt, from the first byte sent to the last byte read.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>Attempts a request, the first included, over 408, 429, 5xx, timeouts and dropped connections.</summary>
    public int MaxAttempts { get; set; } = 8;

    /// <summary>The longest pause between two attempts; a longer Retry-After is cut to it.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>A larger HTTP answer is refused unread.</summary>
    public int MaxAnswerBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Requests in flight at once, at most; fewer while the server answers 429 or 503.</summary>
    public int Concurrency { get; set; } = 4;

    /// <summary>Attempts sent within any minute, at most; null: no limit.</summary>
    public int? RequestsPerMinute { get; set; }

    /// <summary>Tokens in and out within any minute, at most; null: no limit. A request counts with its bound until its answer is there.</summary>
    public int? TokensPerMinute { get; set; }

    /// <summary>A request without an answer after this time is sent a second time, and the first answer counts; both are paid for. Null: never.</summary>
    public TimeSpan? HedgeAfter { get; set; }

    /// <summary>Price of a million input tokens, in the currency of the caps. 0: free, such as a local server.</summary>
    public decimal InputPrice { get; set; }

    /// <summary>Price of a million output tokens.</summary>
    public decimal OutputPrice { get; set; }

    /// <summary>The cap of a run that names none; null: no cap.</summary>
    public decimal? CostCap { get; set; }

    /// <summary>The cap of a day (UTC) over all runs, processes and endpoints; null: no cap. Only the default endpoint has this setting.</summary>
    public decimal? DayCostCap { get; set; }

    /// <summary>What a token costs in a batch, as a share of its price: 0.5 with OpenAI.</summary>
    public decimal BatchPriceFactor { get; set; } = 1;

    /// <summary>Requests in a batch file, at most.</summary>
    public int BatchMaxRequests { get; set; } = 10_000;

    /// <summary>Bytes of a batch file, at most.</summary>
    public int BatchMaxBytes { get; set; } = 100_000_000;

    /// <summary>Requests are gathered until none has come for this time.</summary>
    public TimeSpan BatchWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the server is asked how a batch is getting on.</summary>
    public TimeSpan BatchPoll { get; set; } = TimeSpan.FromSeconds(30);

    public StructuredOutput StructuredOutput { get; set; }

    public TokenLimitField TokenLimitField { get; set; }

    /// <summary>A recording that answers in place of the network; null: none. As the next one, of the default endpoint and for all of them.</summary>
    public string? Replay { get; set; }

    /// <summary>A file that every answer is recorded to; null: none.</summary>
    public string? Record { get; set; }

    public bool IsConfigured => Endpoint is not null && !string.IsNullOrWhiteSpace(Model);

    /// <summary>The price that holds where the price table has none for the model; null: none is set.</summary>
    public Price? Price => InputPrice > 0 || OutputPrice > 0 ? new Price(InputPrice, OutputPrice) : null;

    // Without the key: settings are logged.
    public override string ToString() => IsConfigured ? $"{Model} at {Endpoint}" : "no chat endpoint";
}
