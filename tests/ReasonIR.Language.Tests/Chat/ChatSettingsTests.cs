using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Language.Tests.Chat;

public sealed class ChatSettingsTests
{
    static IConfiguration Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build();

    static ChatSettings Read(params (string Key, string Value)[] values)
    {
        var services = new ServiceCollection().AddChatModel(Configuration(values)).BuildServiceProvider();
        return services.GetRequiredService<IOptions<ChatSettings>>().Value;
    }

    [Fact]
    public void Nothing_set_is_valid_and_means_no_model()
    {
        Assert.False(Read().IsConfigured);
    }

    [Fact]
    public void Variables_come_before_the_section()
    {
        var settings = Read(
            ("Chat:Endpoint", "http://127.0.0.1:1/v1"), ("Chat:Model", "small"), ("Chat:TimeoutSeconds", "7.5"),
            ("REASONIR_CHAT_ENDPOINT", "http://127.0.0.1:2/v1"), ("REASONIR_CHAT_KEY", "sk-abc"), ("REASONIR_CHAT_INPUT_PRICE", "2.5"),
            ("REASONIR_CHAT_COST_CAP", "10"), ("REASONIR_CHAT_STRUCTURED_OUTPUT", "object"), ("REASONIR_CHAT_TOKEN_LIMIT_FIELD", "max_tokens"));
        Assert.True(settings.IsConfigured);
        Assert.Equal(2, settings.Endpoint!.Port);
        Assert.Equal("small", settings.Model);
        Assert.Equal(TimeSpan.FromSeconds(7.5), settings.Timeout);
        Assert.Equal((2.5m, 10m), (settings.InputPrice, settings.CostCap));
        Assert.Equal((StructuredOutput.Object, TokenLimitField.MaxTokens), (settings.StructuredOutput, settings.TokenLimitField));
        Assert.DoesNotContain("abc", settings.ToString());
    }

    [Theory]
    [InlineData("ENDPOINT", "127.0.0.1:8080")]
    [InlineData("ENDPOINT", "file:///etc/passwd")]
    [InlineData("MAX_ATTEMPTS", "many")]
    [InlineData("TIMEOUT_SECONDS", "1e400")]
    [InlineData("STRUCTURED_OUTPUT", "xml")]
    public void An_unreadable_value_names_its_variable(string variable, string value)
    {
        var error = Assert.Throws<FormatException>(() => Read(($"REASONIR_CHAT_{variable}", value)));
        Assert.Contains($"REASONIR_CHAT_{variable}", error.Message);
    }

    [Theory]
    [InlineData("ENDPOINT", "http://127.0.0.1:1/v1", "without REASONIR_CHAT_MODEL")]
    [InlineData("MODEL", "small", "without REASONIR_CHAT_ENDPOINT")]
    [InlineData("ENDPOINT", "http://me:secret@127.0.0.1:1/v1", "REASONIR_CHAT_KEY")]
    [InlineData("CONCURRENCY", "0", "REASONIR_CHAT_CONCURRENCY")]
    [InlineData("OUTPUT_PRICE", "-1", "REASONIR_CHAT_OUTPUT_PRICE")]
    public void A_wrong_value_is_refused_at_start(string variable, string value, string expected)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read(($"REASONIR_CHAT_{variable}", value)));
        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain("secret", error.Message);
    }

    [Fact]
    public void Other_endpoints_have_names_and_inherit_nothing()
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<IAnswerCache, NoAnswers>().AddChatModel(Configuration(
            ("REASONIR_CHAT_ENDPOINT", "http://127.0.0.1:1/v1"), ("REASONIR_CHAT_MODEL", "small"), ("REASONIR_CHAT_KEY", "sk-abc"),
            ("Chat:Endpoints:judge:Endpoint", "http://127.0.0.1:2/v1"), ("Chat:Endpoints:judge:Model", "large"),
            ("Chat:Endpoints:judge:RequestsPerMinute", "60"), ("Chat:Endpoints:judge:HedgeAfterSeconds", "20"))).BuildServiceProvider();
        var models = services.GetRequiredService<ChatModels>();
        Assert.Equal(["default", "judge"], models.All.Select(model => model.Settings.Name));
        Assert.Same(models.Default, services.GetRequiredService<ChatModel>());
        var judge = models.Find("Judge").Settings;
        Assert.Equal(("large", null, 60, TimeSpan.FromSeconds(20)), (judge.Model, judge.Key, judge.RequestsPerMinute, judge.HedgeAfter));
        Assert.Null(models.Find("").Settings.HedgeAfter);
        var error = Assert.Throws<ArgumentException>(() => models.Find("critic"));
        Assert.Contains("default, judge", error.Message);
    }

    [Theory]
    [InlineData("judge", "Model", "large", "expected Chat:Endpoints:judge:Endpoint")]
    [InlineData("Default", "Endpoint", "http://127.0.0.1:2/v1", "other than default")]
    [InlineData("a b", "Endpoint", "http://127.0.0.1:2/v1", "expected a name")]
    public void A_wrong_endpoint_is_refused_at_start(string name, string field, string value, string expected)
    {
        var services = new ServiceCollection().AddChatModel(Configuration(($"Chat:Endpoints:{name}:{field}", value))).BuildServiceProvider();
        var error = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptionsMonitor<ChatSettings>>().Get(name));
        Assert.Contains(expected, error.Message);
    }

    sealed class NoAnswers : IAnswerCache
    {
        public Task<CachedAnswer?> FindAsync(string hash, CancellationToken cancellation) => Task.FromResult<CachedAnswer?>(null);

        public Task<ChatAnswer> StoreAsync(PaidCall call, CancellationToken cancellation) => Task.FromResult(call.Answer);
    }

    [Theory]
    [InlineData("Incorrect API key provided: sk-proj-abcdefgh", null)]
    [InlineData("Authorization: Bearer abcdefgh", null)]
    [InlineData("you sent abcdefgh", "abcdefgh")]
    [InlineData("key sk-ab****gh is wrong", null)]
    public void Keys_are_taken_out_of_texts(string text, string? key)
    {
        var redacted = Redaction.Redact(text, key);
        Assert.Contains("[redacted]", redacted);
        Assert.DoesNotContain("gh", redacted);
    }
}
