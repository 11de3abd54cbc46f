using ReasonIR.Contracts;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Retrieval.Questions;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Rewriting;

namespace ReasonIR.Synthesis.Rag;

/// <summary>Finds passages for single questions of a run, and puts the questions to the model on its account. Thread-safe.</summary>
/// <param name="examples">Of each subject, shown before its questions.</param>
sealed class QuestionDesk(RunContext run, RagSpec spec, ChatModel model, PassageSource passages, IReadOnlyDictionary<string, List<Question>> examples, RunBudget budget)
{
    readonly ModelAccount account = new(model, budget, run.RunId);

    /// <exception cref="TransientRunException">The search engine is away: the run pauses and goes on from here.</exception>
    /// <exception cref="InvalidOperationException">It refuses.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(RagArm arm, Question question, CancellationToken cancellation)
    {
        try
        {
            return await passages.FindAsync(arm, QuestionPrompt.Shown(question), cancellation);
        }
        catch (HttpRequestException e) when (e.StatusCode is null or >= System.Net.HttpStatusCode.InternalServerError)
        {
            throw new TransientRunException($"{arm.Name}: {e.Message}");
        }
        catch (ServiceException e)
        {
            throw new InvalidOperationException($"{arm.Name}: {e.Message}", e);
        }
    }

    /// <returns>The letter, or what stands for none.</returns>
    /// <exception cref="TransientRunException">The endpoint is away.</exception>
    public async Task<char> AskAsync(RagArm arm, Question question, IReadOnlyList<string> found, CancellationToken cancellation)
    {
        try
        {
            var turns = QuestionPrompt.Render(question, spec.Shots == 0 ? [] : examples[question.Subject], found, spec.PassageTokens, spec.ChainOfThought);
            var answer = await account.AskAsync(
                new ChatRequest(turns, spec.Tokens, Temperature: spec.Temperature, Seed: spec.Seed, TopP: spec.TopP), PromptFiles.AnswerQuestion, "rag", cancellation);
            return AnswerLetter.Of(QueryRewriter.Said(answer), question.Choices.Count) ?? RagScores.Unparsable;
        }
        catch (ChatException e) when (ModelTrouble.IsRefusal(e))
        {
            await run.LogAsync(RunLogLevel.Warning, $"{arm.Name}, question {question.Id} is refused: {e.Message}");
            return RagScores.Unparsable;
        }
        catch (ChatException e) when (ModelTrouble.IsAway(e))
        {
            throw new TransientRunException(e.Message);
        }
    }
}
