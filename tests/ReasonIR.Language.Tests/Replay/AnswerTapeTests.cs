using ReasonIR.Language.Chat;
using ReasonIR.Language.Replay;
using ReasonIR.Language.Tests.Chat;
using ReasonIR.Testing.Chat;
using static ReasonIR.Testing.Chat.ScriptedReply;

namespace ReasonIR.Language.Tests.Replay;

public sealed class AnswerTapeTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-tape-");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    string Tape => Path.Combine(folder.FullName, "answers.jsonl");

    public void Dispose() => folder.Delete(recursive: true);

    async Task RecordAsync()
    {
        using var tape = new AnswerTape(null, Tape);
        await using var chat = await ChatFixture.StartAsync(call => new Answer($"answer to {call.Messages[1].Text}", 12, 34, "length", Reasoning: "thoughts"), tape: tape);
        foreach (var text in new[] { "one", "two", "one" })
            await chat.Model.AskAsync(ChatFixture.Question(text), ChatFixture.Purpose, chat.Budget(), Token);
    }

    [Fact]
    public async Task A_recording_answers_without_network_and_at_another_address()
    {
        await RecordAsync();
        await RecordAsync(); // Adds nothing.
        Assert.Equal(2, File.ReadAllLines(Tape).Length);
        using var tape = new AnswerTape(Tape, null);
        await using var chat = await ChatFixture.StartAsync(_ => new Status(500), tape: tape);
        var budget = chat.Budget(cap: 0);
        var answer = await chat.Model.AskAsync(ChatFixture.Question("two"), ChatFixture.Purpose, budget, Token);
        Assert.Equal(("answer to two", "length", "thoughts", 34), (answer.Text, answer.FinishReason, answer.Reasoning, answer.Usage.Output));
        var error = await Assert.ThrowsAsync<ChatException>(() => chat.Model.AskAsync(ChatFixture.Question("three"), ChatFixture.Purpose, budget, Token));
        Assert.Contains(Tape, error.Message);
        Assert.Equal((0, 1, 0), (budget.Spent.Calls, budget.Cached, chat.Server.Calls.Count));
        Assert.Empty(chat.Ledger);
    }

    [Fact]
    public async Task Another_model_or_parameter_is_another_answer()
    {
        await RecordAsync();
        using var tape = new AnswerTape(Tape, null);
        await using var chat = await ChatFixture.StartAsync(_ => new Status(500), settings => settings.Model = "another", tape: tape);
        await Assert.ThrowsAsync<ChatException>(() => chat.Model.AskAsync(ChatFixture.Question("two"), ChatFixture.Purpose, chat.Budget(), Token));
    }

    [Theory]
    [InlineData("{\"hash\": \"short\", \"text\": \"\", \"finishReason\": \"stop\"}", "64 digits")]
    [InlineData("{\"hash\"", "expected a JSON object")]
    [InlineData("[]", "expected a JSON object")]
    public void A_broken_line_is_named(string line, string expected)
    {
        File.WriteAllText(Tape, "\n" + line + "\n");
        var error = Assert.Throws<FormatException>(() => new AnswerTape(Tape, null));
        Assert.Contains($"{Tape}, line 2: expected", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void A_missing_recording_is_named() => Assert.Contains("no such recording", Assert.Throws<FormatException>(() => new AnswerTape(Tape, null)).Message);
}
