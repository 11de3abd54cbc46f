using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ReasonIR.Language.Chat;

/// <summary>Reads <see cref="ChatSettings"/>: the variable <c>REASONIR_CHAT_NAME</c> first, then <c>Chat:Name</c>.</summary>
public static class ChatConfiguration
{
    /// <summary>What to set, for messages where a chat endpoint is wanted and none is configured.</summary>
    public const string HowToConfigure =
        "set REASONIR_CHAT_ENDPOINT (such as http://127.0.0.1:8080/v1) and REASONIR_CHAT_MODEL, and REASONIR_CHAT_KEY where the server wants one";

    /// <exception cref="FormatException">A value cannot be read; the message names the variable and what was expected.</exception>
    public static void Bind(ChatSettings settings, IConfiguration configuration)
    {
        settings.Endpoint = Read(configuration, "ENDPOINT", "Endpoint", "an absolute http or https address", ParseAddress, settings.Endpoint);
        settings.Model = Read(configuration, "MODEL", "Model", "a model name", text => text, settings.Model);
        settings.Key = Read(configuration, "KEY", "Key", "a key", text => text, settings.Key);
        settings.Timeout = Read(configuration, "TIMEOUT_SECONDS", "TimeoutSeconds", "seconds", ParseSeconds, settings.Timeout);
        settings.MaxAttempts = Read(configuration, "MAX_ATTEMPTS", "MaxAttempts", "a whole number", ParseInt, settings.MaxAttempts);
        settings.MaxRetryDelay = Read(configuration, "MAX_RETRY_DELAY_SECONDS", "MaxRetryDelaySeconds", "seconds", ParseSeconds, settings.MaxRetryDelay);
        settings.MaxAnswerBytes = Read(configuration, "MAX_ANSWER_BYTES", "MaxAnswerBytes", "a whole number", ParseInt, settings.MaxAnswerBytes);
        settings.Concurrency = Read(configuration, "CONCURRENCY", "Concurrency", "a whole number", ParseInt, settings.Concurrency);
        settings.InputPrice = Read(configuration, "INPUT_PRICE", "InputPrice", "a price a million tokens", ParseDecimal, settings.InputPrice);
        settings.OutputPrice = Read(configuration, "OUTPUT_PRICE", "OutputPrice", "a price a million tokens", ParseDecimal, settings.OutputPrice);
        settings.CostCap = Read(configuration, "COST_CAP", "CostCap", "an amount", text => (decimal?)ParseDecimal(text), settings.CostCap);
        settings.StructuredOutput = Read(configuration, "STRUCTURED_OUTPUT", "StructuredOutput", "auto, schema, object or text",
            text => Enum.Parse<StructuredOutput>(text, ignoreCase: true), settings.StructuredOutput);
        settings.TokenLimitField = Read(configuration, "TOKEN_LIMIT_FIELD", "TokenLimitField", "max_completion_tokens or max_tokens",
            text => Enum.Parse<TokenLimitField>(text.Replace("_", ""), ignoreCase: true), settings.TokenLimitField);
    }

    /// <summary>Everything wrong with the settings, in words that name the variable.</summary>
    public static IEnumerable<string> Problems(ChatSettings settings)
    {
        if (settings.Endpoint is null && settings.Model is not null)
            yield return "REASONIR_CHAT_MODEL is set without REASONIR_CHAT_ENDPOINT.";
        if (settings.Endpoint is not null && string.IsNullOrWhiteSpace(settings.Model))
            yield return "REASONIR_CHAT_ENDPOINT is set without REASONIR_CHAT_MODEL.";
        if (settings.Endpoint is { UserInfo.Length: > 0 })
            yield return "REASONIR_CHAT_ENDPOINT holds a user name or password; give the key as REASONIR_CHAT_KEY.";
        if (settings.Timeout < TimeSpan.FromSeconds(1) || settings.Timeout > TimeSpan.FromHours(2))
            yield return $"REASONIR_CHAT_TIMEOUT_SECONDS is {settings.Timeout.TotalSeconds:0.###}; expected 1 to 7200.";
        if (settings.MaxAttempts is < 1 or > 50)
            yield return $"REASONIR_CHAT_MAX_ATTEMPTS is {settings.MaxAttempts}; expected 1 to 50.";
        if (settings.MaxRetryDelay < TimeSpan.Zero || settings.MaxRetryDelay > TimeSpan.FromHours(1))
            yield return $"REASONIR_CHAT_MAX_RETRY_DELAY_SECONDS is {settings.MaxRetryDelay.TotalSeconds:0.###}; expected 0 to 3600.";
        if (settings.MaxAnswerBytes is < 1024 or > 256 * 1024 * 1024)
            yield return $"REASONIR_CHAT_MAX_ANSWER_BYTES is {settings.MaxAnswerBytes}; expected 1024 to 268435456.";
        if (settings.Concurrency is < 1 or > 256)
            yield return $"REASONIR_CHAT_CONCURRENCY is {settings.Concurrency}; expected 1 to 256.";
        if (settings.InputPrice < 0 || settings.OutputPrice < 0 || settings.CostCap < 0)
            yield return "REASONIR_CHAT_INPUT_PRICE, REASONIR_CHAT_OUTPUT_PRICE and REASONIR_CHAT_COST_CAP must not be negative.";
    }

    static T Read<T>(IConfiguration configuration, string variable, string name, string expected, Func<string, T> parse, T otherwise)
    {
        var text = configuration[$"REASONIR_CHAT_{variable}"] is { Length: > 0 } value ? value : configuration[$"Chat:{name}"];
        if (string.IsNullOrWhiteSpace(text))
            return otherwise;
        try
        {
            return parse(text.Trim());
        }
        catch (Exception error) when (error is FormatException or ArgumentException or OverflowException)
        {
            throw new FormatException($"REASONIR_CHAT_{variable} (or Chat:{name}) is not {expected}.", error);
        }
    }

    static Uri ParseAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https") ? address : throw new FormatException();

    static int ParseInt(string text) => int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture);

    static decimal ParseDecimal(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    static TimeSpan ParseSeconds(string text) => TimeSpan.FromSeconds(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
}
