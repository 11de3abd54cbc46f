using System.Diagnostics;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Structured;
using ReasonIR.Testing.Chat;
using static ReasonIR.Testing.Chat.ScriptedReply;

namespace ReasonIR.Language.Tests.Chat;

public sealed class ChatEndpointTests
{
    static readonly JsonSchema Schema = JsonSchema.Parse("word", """{"type":"object","properties":{"word":{"type":"string","minLength":2}},"required":["word"]}""");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sends_model_key_turns_and_parameters()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Answer("A crease.", 12, 3));
        var answer = await chat.Endpoint.AskAsync(ChatFixture.Question(schema: Schema, seed: 5), Token);
        Assert.Equal(new ChatAnswer("A crease.", "stop", null, new TokenUsage(12, 3)), answer);
        var call = Assert.Single(chat.Server.Calls);
        Assert.Equal("Bearer sk-secret-0123456789", call.Authorization);
        Assert.Equal([("system", "You answer."), ("user", "What is a fold?")], call.Messages);
        Assert.Equal("scripted", call.Json.GetProperty("model").GetString());
        Assert.Equal(0.5, call.Json.GetProperty("temperature").GetDouble());
        Assert.Equal(5, call.Json.GetProperty("seed").GetInt32());
        Assert.Equal(200, call.Json.GetProperty("max_completion_tokens").GetInt32());
        var sent = call.Json.GetProperty("response_format").GetProperty("json_schema");
        Assert.True(sent.GetProperty("strict").GetBoolean());
        Assert.DoesNotContain("minLength", sent.GetRawText());
        Assert.False(sent.GetProperty("schema").GetProperty("additionalProperties").GetBoolean());
    }

    [Fact]
    public async Task Old_servers_get_max_tokens()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Answer("ok"), settings => settings.TokenLimitField = TokenLimitField.MaxTokens);
        await chat.Endpoint.AskAsync(ChatFixture.Question(), Token);
        var call = Assert.Single(chat.Server.Calls);
        Assert.Equal(200, call.Json.GetProperty("max_tokens").GetInt32());
        Assert.False(call.Json.TryGetProperty("max_completion_tokens", out _));
    }

    public static TheoryData<string, ScriptedReply> Passing => new()
    {
        { "429", new Status(429, RetryAfter: "0") },
        { "503", new Status(503, RetryAfter: "1") },
        { "503 with a date", new Status(503, RetryAfter: "Wed, 21 Oct 2015 07:28:00 GMT") },
        { "500", new Status(500) },
        { "dropped at once", new Drop() },
        { "dropped in the middle", new Drop(40) },
        { "half a body", new TruncatedBody() },
    };

    [Theory, MemberData(nameof(Passing))]
    public async Task What_may_pass_is_tried_again(string what, ScriptedReply trouble)
    {
        await using var chat = await ChatFixture.StartAsync(call => call.Number < 3 ? trouble : new Answer("at last"));
        var answer = await chat.Endpoint.AskAsync(ChatFixture.Question(), Token);
        Assert.Equal("at last", answer.Text);
        Assert.True(chat.Server.Calls.Count == 4, what);
        // The same request each time: a retry must not count as another question.
        Assert.Single(chat.Server.Calls.Select(call => call.Body).Distinct());
    }

    [Fact]
    public async Task Retry_after_is_obeyed_and_holds_back_the_others()
    {
        await using var chat = await ChatFixture.StartAsync(
            call => call.Number == 0 ? new Status(429, RetryAfter: "1") : new Answer("ok"), settings => settings.MaxRetryDelay = TimeSpan.FromSeconds(5));
        var clock = Stopwatch.StartNew();
        var first = chat.Endpoint.AskAsync(ChatFixture.Question("first"), Token);
        while (chat.Log.IsEmpty)
            await Task.Delay(5, Token);
        await chat.Endpoint.AskAsync(ChatFixture.Question("second"), Token);
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(0.9), $"the second request went out after {clock.Elapsed}");
        await first;
    }

    [Fact]
    public async Task A_storm_of_429s_loses_no_request()
    {
        var random = new Random(1);
        await using var chat = await ChatFixture.StartAsync(
            _ => { lock (random) return random.Next(3) > 0 ? new Status(429, RetryAfter: "0") : new Answer("ok"); },
            settings => (settings.Concurrency, settings.MaxAttempts, settings.MaxRetryDelay) = (8, 40, TimeSpan.FromMilliseconds(5)));
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => chat.Endpoint.AskAsync(ChatFixture.Question($"question {i}"), Token)));
        Assert.All(answers, answer => Assert.Equal("ok", answer.Text));
        Assert.Equal(60, chat.Server.Answered);
        Assert.Empty(chat.Server.AnsweredTwice);
    }

    [Fact]
    public async Task Attempts_end_and_the_error_says_what_happened()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Status(500, "the model is on fire"), settings => settings.MaxAttempts = 3);
        var error = await Assert.ThrowsAsync<ChatException>(() => chat.Endpoint.AskAsync(ChatFixture.Question(), Token));
        Assert.Equal(3, chat.Server.Calls.Count);
        Assert.Equal(500, error.Status);
        Assert.Contains("on fire", error.Message);
    }

    [Fact]
    public async Task A_slow_attempt_is_given_up_and_tried_again()
    {
        await using var chat = await ChatFixture.StartAsync(
            call => call.Number == 0 ? new Late(new Answer("late"), TimeSpan.FromSeconds(30)) : new Answer("quick"),
            settings => settings.Timeout = TimeSpan.FromSeconds(1));
        Assert.Equal("quick", (await chat.Endpoint.AskAsync(ChatFixture.Question(), Token)).Text);
    }

    [Fact]
    public async Task An_answer_too_large_is_refused_and_not_asked_for_again()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Huge(10_000_000), settings => settings.MaxAnswerBytes = 1_000_000);
        var error = await Assert.ThrowsAsync<ChatException>(() => chat.Endpoint.AskAsync(ChatFixture.Question(), Token));
        Assert.Contains("1000000 bytes", error.Message);
        Assert.Single(chat.Server.Calls);
    }

    [Theory]
    [InlineData("[1,2]")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"hello":"there"}""")]
    public async Task An_answer_that_is_no_completion_is_an_error(string body)
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Raw(body));
        var error = await Assert.ThrowsAsync<ChatException>(() => chat.Endpoint.AskAsync(ChatFixture.Question(), Token));
        Assert.Contains("no chat completion", error.Message);
    }

    [Fact]
    public async Task A_refused_key_is_reported_without_the_key()
    {
        await using var chat = await ChatFixture.StartAsync(call => call.Number == 0
            ? new Status(503, "busy")
            : new Status(401, "Incorrect API key provided: sk-secret-0123456789. Authorization was Bearer sk-secret-0123456789"));
        var error = await Assert.ThrowsAsync<ChatException>(() => chat.Endpoint.AskAsync(ChatFixture.Question(), Token));
        Assert.Equal(401, error.Status);
        Assert.Equal(2, chat.Server.Calls.Count);
        Assert.Contains("REASONIR_CHAT_KEY", error.Message);
        Assert.DoesNotContain("secret", error.ToString());
        Assert.NotEmpty(chat.Log);
        Assert.All(chat.Log, line => Assert.DoesNotContain("secret", line));
    }

    [Fact]
    public async Task A_server_without_schemas_is_asked_in_words()
    {
        await using var chat = await ChatFixture.StartAsync(call =>
            call.SchemaName is null ? new Answer("""{"word":"fold"}""") : new Status(400, "response_format json_schema is not supported"));
        await chat.Endpoint.AskAsync(ChatFixture.Question("one", Schema), Token);
        await chat.Endpoint.AskAsync(ChatFixture.Question("two", Schema), Token);
        Assert.Equal(3, chat.Server.Calls.Count);
        Assert.Contains("minLength", chat.Server.Calls[2].Messages[0].Text);
        Assert.Single(chat.Log, line => line.Contains("asked in words"));
    }

    [Fact]
    public async Task A_400_that_has_another_reason_stays_an_error()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Status(400, "context length exceeded"));
        var error = await Assert.ThrowsAsync<ChatException>(() => chat.Endpoint.AskAsync(ChatFixture.Question("one", Schema), Token));
        Assert.Contains("context length", error.Message);
    }

    [Fact]
    public async Task Usage_is_estimated_where_the_server_counts_none()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Answer("four words of text", Usage: false));
        var usage = (await chat.Endpoint.AskAsync(ChatFixture.Question(), Token)).Usage;
        Assert.True(usage.Estimated);
        Assert.InRange(usage.Output, 4, 20);
        Assert.InRange(usage.Input, 6, 150);
    }

    [Theory]
    [InlineData("reasoning_content")]
    [InlineData("reasoning")]
    public async Task Thoughts_are_kept_apart_and_counted(string field)
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Answer("A crease.", 12, 300, Reasoning: "First, what folds are.", ReasoningField: field));
        var answer = await chat.Endpoint.AskAsync(ChatFixture.Question(), Token);
        Assert.Equal(("A crease.", "First, what folds are."), (answer.Text, answer.Reasoning));
        Assert.Equal(300, answer.Usage.Output);
        Assert.InRange(answer.Usage.Reasoning, 4, 20);
    }

    [Theory]
    [InlineData("""{"choices":[{"message":{"content":[{"type":"text","text":"in "},{"type":"text","text":"parts"}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":8,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":6}}}""", "in parts", 6, 5)]
    [InlineData("""{"choices":[{"message":{"content":null,"reasoning":""}}],"usage":{"prompt_tokens":9,"completion_tokens":8,"completion_tokens_details":null}}""", "", 0, 0)]
    [InlineData("""{"choices":[{"message":{},"finish_reason":null}],"usage":{"prompt_tokens":9,"completion_tokens":8,"prompt_tokens_details":{"cached_tokens":900}}}""", "", 0, 9)]
    public async Task Servers_differ_and_are_understood(string body, string text, int reasoning, int cached)
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Raw(body));
        var answer = await chat.Endpoint.AskAsync(ChatFixture.Question(), Token);
        Assert.Equal(new ChatAnswer(text, "stop", null, new TokenUsage(9, 8, false, reasoning, cached)), answer);
    }

    [Fact]
    public async Task Many_at_once_find_out_that_a_server_knows_no_schemas()
    {
        await using var chat = await ChatFixture.StartAsync(
            call => call.SchemaName is null ? new Answer("""{"word":"fold"}""") : new Late(new Status(400, "no response_format"), TimeSpan.FromMilliseconds(call.Number * 20)),
            settings => settings.Concurrency = 8);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => chat.Endpoint.AskAsync(ChatFixture.Question($"question {i}", Schema), Token)));
        Assert.Equal(8, answers.Length);
        Assert.Single(chat.Log, line => line.Contains("asked in words"));
    }

    [Fact]
    public async Task Without_an_endpoint_it_says_what_to_set()
    {
        using var endpoint = new ChatEndpoint(new ChatSettings(), Microsoft.Extensions.Logging.Abstractions.NullLogger<ChatEndpoint>.Instance);
        var error = await Assert.ThrowsAsync<ChatException>(() => endpoint.AskAsync(ChatFixture.Question(), Token));
        Assert.Contains("REASONIR_CHAT_ENDPOINT", error.Message);
    }
}
