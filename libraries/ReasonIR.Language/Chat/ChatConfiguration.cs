using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace ReasonIR.Language.Chat;

/// <summary>
/// Reads <see cref="ChatSettings"/>. The default endpoint: the variable <c>REASONIR_CHAT_NAME</c> first, then <c>Chat:Name</c>; others:
/// <c>Chat:Endpoints:ENDPOINT:Name</c>. Nothing is inherited: a key must not go to another server.
/// </summary>
public static partial class ChatConfiguration
{
    const string Section = "Chat:Endpoints";

    /// <summary>What to set, for messages where a chat endpoint is wanted and none is configured.</summary>
    public const string HowToConfigure =
        "set REASONIR_CHAT_ENDPOINT (such as http://127.0.0.1:8080/v1) and REASONIR_CHAT_MODEL, and REASONIR_CHAT_KEY where the server wants one";

    /// <summary>The names of the endpoints beside the default one.</summary>
    public static IReadOnlyList<string> Names(IConfiguration configuration) => [.. configuration.GetSection(Section).GetChildren().Select(child => child.Key)];

    /// <exception cref="FormatException">A value cannot be read; the message names the variable and what was expected.</exception>
    public static void Bind(ChatSettings settings, IConfiguration configuration)
    {
        var source = new Source(settings.Name, configuration);
        settings.Endpoint = source.Read("Endpoint", "an absolute http or https address", ParseAddress, settings.Endpoint);
        settings.Model = source.Read("Model", "a model name", text => text, settings.Model);
        settings.Key = source.Read("Key", "a key", text => text, settings.Key);
        settings.Timeout = source.Read("TimeoutSeconds", "seconds", ParseSeconds, settings.Timeout);
        settings.MaxAttempts = source.Read("MaxAttempts", "a whole number", ParseInt, settings.MaxAttempts);
        settings.MaxRetryDelay = source.Read("MaxRetryDelaySeconds", "seconds", ParseSeconds, settings.MaxRetryDelay);
        settings.MaxAnswerBytes = source.Read("MaxAnswerBytes", "a whole number", ParseInt, settings.MaxAnswerBytes);
        settings.Concurrency = source.Read("Concurrency", "a whole number", ParseInt, settings.Concurrency);
        settings.RequestsPerMinute = source.Read("RequestsPerMinute", "a whole number", text => (int?)ParseInt(text), settings.RequestsPerMinute);
        settings.TokensPerMinute = source.Read("TokensPerMinute", "a whole number", text => (int?)ParseInt(text), settings.TokensPerMinute);
        settings.HedgeAfter = source.Read("HedgeAfterSeconds", "seconds", text => (TimeSpan?)ParseSeconds(text), settings.HedgeAfter);
        settings.InputPrice = source.Read("InputPrice", "a price a million tokens", ParseDecimal, settings.InputPrice);
        settings.OutputPrice = source.Read("OutputPrice", "a price a million tokens", ParseDecimal, settings.OutputPrice);
        settings.CostCap = source.Read("CostCap", "an amount", text => (decimal?)ParseDecimal(text), settings.CostCap);
        settings.DayCostCap = source.Read("DayCostCap", "an amount", text => (decimal?)ParseDecimal(text), settings.DayCostCap);
        settings.BatchPriceFactor = source.Read("BatchPriceFactor", "a number", ParseDecimal, settings.BatchPriceFactor);
        settings.BatchMaxRequests = source.Read("BatchMaxRequests", "a whole number", ParseInt, settings.BatchMaxRequests);
        settings.BatchMaxBytes = source.Read("BatchMaxBytes", "a whole number", ParseInt, settings.BatchMaxBytes);
        settings.BatchWait = source.Read("BatchWaitSeconds", "seconds", ParseSeconds, settings.BatchWait);
        settings.BatchPoll = source.Read("BatchPollSeconds", "seconds", ParseSeconds, settings.BatchPoll);
        settings.Replay = source.Read("Replay", "a file", text => text, settings.Replay);
        settings.Record = source.Read("Record", "a file", text => text, settings.Record);
        settings.StructuredOutput = source.Read("StructuredOutput", "auto, schema, object or text",
            text => Enum.Parse<StructuredOutput>(text, ignoreCase: true), settings.StructuredOutput);
        settings.TokenLimitField = source.Read("TokenLimitField", "max_completion_tokens or max_tokens",
            text => Enum.Parse<TokenLimitField>(text.Replace("_", ""), ignoreCase: true), settings.TokenLimitField);
    }

    /// <summary>Everything wrong with the settings, in words that name the variable.</summary>
    public static IEnumerable<string> Problems(ChatSettings settings)
    {
        string Of(string name) => Label(settings.Name, name);
        if (!EndpointName().IsMatch(settings.Name) || settings.Name.Equals(ChatSettings.DefaultName, StringComparison.OrdinalIgnoreCase) && settings.Name != ChatSettings.DefaultName)
            yield return $"{Section}:{settings.Name}: expected a name of 1 to 40 letters, digits, '.', '_' or '-', other than {ChatSettings.DefaultName}.";
        if (settings.Endpoint is null && settings.Model is not null)
            yield return $"{Of("Model")} is set without {Of("Endpoint")}.";
        if (settings.Endpoint is not null && string.IsNullOrWhiteSpace(settings.Model))
            yield return $"{Of("Endpoint")} is set without {Of("Model")}.";
        if (settings.Name != ChatSettings.DefaultName && !settings.IsConfigured)
            yield return $"{Section}:{settings.Name}: expected {Of("Endpoint")} and {Of("Model")}.";
        if (settings.Endpoint is { UserInfo.Length: > 0 })
            yield return $"{Of("Endpoint")} holds a user name or password; give the key as {Of("Key")}.";
        if (settings.Timeout < TimeSpan.FromSeconds(1) || settings.Timeout > TimeSpan.FromHours(2))
            yield return $"{Of("TimeoutSeconds")} is {settings.Timeout.TotalSeconds:0.###}; expected 1 to 7200.";
        if (settings.MaxAttempts is < 1 or > 50)
            yield return $"{Of("MaxAttempts")} is {settings.MaxAttempts}; expected 1 to 50.";
        if (settings.MaxRetryDelay < TimeSpan.Zero || settings.MaxRetryDelay > TimeSpan.FromHours(1))
            yield return $"{Of("MaxRetryDelaySeconds")} is {settings.MaxRetryDelay.TotalSeconds:0.###}; expected 0 to 3600.";
        if (settings.MaxAnswerBytes is < 1024 or > 256 * 1024 * 1024)
            yield return $"{Of("MaxAnswerBytes")} is {settings.MaxAnswerBytes}; expected 1024 to 268435456.";
        if (settings.Concurrency is < 1 or > 256)
            yield return $"{Of("Concurrency")} is {settings.Concurrency}; expected 1 to 256.";
        if (settings.RequestsPerMinute is < 1 or > 1_000_000)
            yield return $"{Of("RequestsPerMinute")} is {settings.RequestsPerMinute}; expected 1 to 1000000.";
        if (settings.TokensPerMinute is < 1 or > 1_000_000_000)
            yield return $"{Of("TokensPerMinute")} is {settings.TokensPerMinute}; expected 1 to 1000000000.";
        if (settings.HedgeAfter is { } hedge && (hedge < TimeSpan.FromMilliseconds(50) || hedge > settings.Timeout))
            yield return $"{Of("HedgeAfterSeconds")} is {hedge.TotalSeconds:0.###}; expected 0.05 to the timeout of {settings.Timeout.TotalSeconds:0.###}.";
        if (settings.BatchPriceFactor is < 0 or > 10)
            yield return $"{Of("BatchPriceFactor")} is {settings.BatchPriceFactor}; expected 0 to 10.";
        if (settings.BatchMaxRequests is < 1 or > 100_000)
            yield return $"{Of("BatchMaxRequests")} is {settings.BatchMaxRequests}; expected 1 to 100000.";
        if (settings.BatchMaxBytes is < 10_000 or > 500_000_000)
            yield return $"{Of("BatchMaxBytes")} is {settings.BatchMaxBytes}; expected 10000 to 500000000.";
        if (settings.BatchWait < TimeSpan.FromMilliseconds(10) || settings.BatchWait > TimeSpan.FromHours(1))
            yield return $"{Of("BatchWaitSeconds")} is {settings.BatchWait.TotalSeconds:0.###}; expected 0.01 to 3600.";
        if (settings.BatchPoll < TimeSpan.FromMilliseconds(10) || settings.BatchPoll > TimeSpan.FromHours(1))
            yield return $"{Of("BatchPollSeconds")} is {settings.BatchPoll.TotalSeconds:0.###}; expected 0.01 to 3600.";
        if (settings.InputPrice < 0 || settings.OutputPrice < 0 || settings.CostCap < 0 || settings.DayCostCap < 0)
            yield return $"{Of("InputPrice")}, {Of("OutputPrice")}, {Of("CostCap")} and {Of("DayCostCap")} must not be negative.";
        if (settings.Name != ChatSettings.DefaultName && (settings.Replay ?? settings.Record) is not null)
            yield return $"{Of("Replay")}, {Of("Record")}: a recording is that of all endpoints; set {Label(ChatSettings.DefaultName, "Replay")} or {Label(ChatSettings.DefaultName, "Record")}.";
        if (settings.Name != ChatSettings.DefaultName && settings.DayCostCap is not null)
            yield return $"{Of("DayCostCap")}: a day's cap is that of all endpoints; set {Label(ChatSettings.DefaultName, "DayCostCap")}.";
    }

    /// <summary>What a user sets, such as <c>REASONIR_CHAT_KEY</c> or <c>Chat:Endpoints:judge:Key</c>.</summary>
    public static string Label(string endpoint, string name) =>
        endpoint == ChatSettings.DefaultName ? "REASONIR_CHAT_" + WordStart().Replace(name, "_$0").ToUpperInvariant() : $"{Section}:{endpoint}:{name}";

    sealed class Source(string endpoint, IConfiguration configuration)
    {
        public T Read<T>(string name, string expected, Func<string, T> parse, T otherwise)
        {
            var label = Label(endpoint, name);
            var text = configuration[label];
            if (string.IsNullOrEmpty(text) && endpoint == ChatSettings.DefaultName)
                text = configuration[$"Chat:{name}"];
            if (string.IsNullOrWhiteSpace(text))
                return otherwise;
            try
            {
                return parse(text.Trim());
            }
            catch (Exception error) when (error is FormatException or ArgumentException or OverflowException)
            {
                throw new FormatException($"{label}{(endpoint == ChatSettings.DefaultName ? $" (or Chat:{name})" : "")} is not {expected}.", error);
            }
        }
    }

    static Uri ParseAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https") ? address : throw new FormatException();

    static int ParseInt(string text) => int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture);

    static decimal ParseDecimal(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    static TimeSpan ParseSeconds(string text) => TimeSpan.FromSeconds(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"(?<=.)[A-Z]")]
    private static partial Regex WordStart();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,40}\z")]
    private static partial Regex EndpointName();
}
