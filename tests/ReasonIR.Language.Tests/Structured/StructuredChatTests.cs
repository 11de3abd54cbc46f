using ReasonIR.Language.Structured;
using ReasonIR.Language.Tests.Chat;
using ReasonIR.Testing.Chat;
using static ReasonIR.Testing.Chat.ScriptedReply;

namespace ReasonIR.Language.Tests.Structured;

public sealed class StructuredChatTests
{
    static readonly JsonSchema Schema = JsonSchema.Parse("word",
        """{"type":"object","properties":{"word":{"type":"string","minLength":2},"count":{"type":"integer","minimum":1}},"required":["word"],"additionalProperties":false}""");

    sealed record Word(string Text, int Count);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static Task<StructuredAnswer> AskAsync(ChatFixture chat) =>
        chat.Structured.AskAsync(ChatFixture.Question(schema: Schema), ChatFixture.Purpose, chat.Budget(), Token);

    [Theory]
    [InlineData("""{"word":"fold","count":2}""")]
    [InlineData("Here you are:\n```json\n{\"word\": \"fold\",}\n```\nAnything else?")]
    [InlineData("<think>maybe {\"word\":\"draft\"}</think>{\"word\":\"fold\"}")]
    [InlineData("a set {x} and then {\"word\":\"fold\"} and {\"word\":\"later\"}")]
    public async Task The_object_is_found(string text)
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Answer(text));
        var answer = await AskAsync(chat);
        Assert.Equal("fold", answer.Value.GetProperty("word").GetString());
        Assert.Equal(1, answer.Calls);
    }

    [Theory]
    [InlineData("no JSON at all", "no whole JSON object")]
    [InlineData("{\"word\":\"fo", "no whole JSON object")]
    [InlineData("{\"word\":\"f\"}", "$.word: expected at least 2 characters, found 1")]
    [InlineData("{\"word\":7}", "$.word: expected string, found number")]
    [InlineData("{\"word\":\"a\\ud800b\"}", "broken character")]
    [InlineData("{\"count\":7}", "property \"word\" is missing")]
    [InlineData("{\"word\":\"fold\",\"count\":1.5}", "$.count: expected integer")]
    [InlineData("{\"word\":\"fold\",\"extra\":1}", "\"extra\" is not part")]
    public async Task A_wrong_answer_is_repaired_once_and_told_why(string text, string problem)
    {
        await using var chat = await ChatFixture.StartAsync(call => call.Number == 0 ? new Answer(text) : new Answer("""{"word":"fold"}"""));
        var answer = await AskAsync(chat);
        Assert.Equal(2, answer.Calls);
        var repair = chat.Server.Calls[1].Messages;
        Assert.Equal(("assistant", text), repair[2]);
        Assert.Contains(problem, repair[3].Text);
        Assert.Equal(["test", "test-repair"], chat.Paid.Select(call => call.Purpose.Purpose).Order());
    }

    [Fact]
    public async Task An_answer_cut_off_is_asked_for_more_briefly()
    {
        await using var chat = await ChatFixture.StartAsync(call =>
            call.Number == 0 ? new Answer("{\"word\":\"fo", FinishReason: "length") : new Answer("""{"word":"fold"}"""));
        await AskAsync(chat);
        Assert.Contains("be briefer", chat.Server.Calls[1].Messages[3].Text);
    }

    [Fact]
    public async Task An_empty_answer_is_asked_again_without_an_empty_turn()
    {
        await using var chat = await ChatFixture.StartAsync(call => new Answer(call.Number == 0 ? "" : """{"word":"fold"}"""));
        Assert.Equal(2, (await AskAsync(chat)).Calls);
        Assert.Equal(["system", "user", "user"], chat.Server.Calls[1].Messages.Select(message => message.Role));
    }

    [Fact]
    public async Task The_second_failure_is_an_error()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Answer("{\"word\":7}"));
        var error = await Assert.ThrowsAsync<UnusableAnswerException>(() => AskAsync(chat));
        Assert.Contains("$.word", error.Message);
        Assert.Equal(2, chat.Server.Calls.Count);
    }

    [Fact]
    public async Task A_refusal_is_not_repaired()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Answer("", Refusal: "I cannot help with that."));
        var error = await Assert.ThrowsAsync<UnusableAnswerException>(() => AskAsync(chat));
        Assert.Contains("I cannot help", error.Message);
        Assert.Single(chat.Server.Calls);
    }

    [Fact]
    public async Task The_object_is_read_into_a_record()
    {
        var schema = JsonSchema.Parse("w", """{"type":"object","properties":{"text":{"type":"string"},"count":{"type":"integer"}},"required":["text","count"]}""");
        await using var chat = await ChatFixture.StartAsync(_ => Json(new { text = "fold", count = 3 }));
        var word = await chat.Structured.AskAsync<Word>(ChatFixture.Question(schema: schema), ChatFixture.Purpose, chat.Budget(), Token);
        Assert.Equal(new Word("fold", 3), word);
    }

    [Fact]
    public void Braces_without_end_are_given_up_quickly()
    {
        Assert.Null(JsonExtraction.FirstObject(string.Concat(Enumerable.Repeat("{\"a\":", 200_000))));
        Assert.Null(JsonExtraction.FirstObject(new string('{', 1_000_000)));
    }

    [Fact]
    public void Damaged_answers_never_throw()
    {
        var random = new Random(3);
        const string good = """<think>{"word":"x"}</think> ```json {"word":"fo\u00e9ld","count":2,"more":[1e999,{"a":null}]} ``` \ud83d\ude00 {""";
        var found = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = good.ToCharArray();
            for (var change = random.Next(4); change >= 0; change--)
                text[random.Next(text.Length)] = random.Next(3) == 0 ? (char)random.Next(0x10000) : good[random.Next(good.Length)];
            if (JsonExtraction.FirstObject(new string(text, 0, random.Next(text.Length))) is not { } value)
                continue;
            found++;
            try
            {
                Schema.Problem(value);
            }
            catch (InvalidOperationException)
            {
                // Half of a surrogate pair: StructuredChat turns it into a problem.
            }
        }
        Assert.InRange(found, 2_000, 20_000);
    }

    [Theory]
    [InlineData("""{"type":"object","patternProperties":{}}""", "patternProperties")]
    [InlineData("""{"type":"object","properties":{"a":{"oneOf":[]}}}""", "$.a")]
    [InlineData("""{"type":""", "word")]
    public void A_schema_that_would_not_be_checked_is_refused(string schema, string expected)
    {
        Assert.Contains(expected, Assert.Throws<FormatException>(() => JsonSchema.Parse("word", schema)).Message);
    }
}
