using ReasonIR.Language.Chat;
using ReasonIR.Language.Prompts;
using ReasonIR.Language.Spending;
using ReasonIR.Language.Structured;

namespace ReasonIR.Synthesis.Llm;

/// <param name="MaxOutputTokens">The bound of an answer.</param>
public sealed record Sampling(double Temperature, int Seed, int MaxOutputTokens);

/// <summary>
/// Asks up to three times until the answer passes a check; each time the model is told what was wrong, and the seed moves on, so that
/// a model that repeats itself gets another chance.
/// </summary>
public sealed class Attempts(StructuredChat chat)
{
    public const int Most = 3;

    /// <param name="problem">What is wrong with the answer, or null. Told whether it was the last attempt, so that it can be content with less.</param>
    /// <exception cref="UnusableAnswerException">The last attempt's problem.</exception>
    public async Task<T> AskAsync<T>(
        Prompt prompt, IReadOnlyDictionary<string, string> inputs, Func<T, bool, string?> problem, Sampling sampling, CallPurpose purpose, RunBudget budget,
        CancellationToken cancellation)
    {
        var feedback = "";
        for (var attempt = 0; ; attempt++)
        {
            string wrong;
            try
            {
                var turns = prompt.Render(new Dictionary<string, string>(inputs) { ["feedback"] = feedback });
                var request = new ChatRequest(turns, sampling.MaxOutputTokens, prompt.Output, sampling.Temperature, sampling.Seed + attempt);
                var answer = await chat.AskAsync<T>(request, purpose, budget, cancellation);
                if (problem(answer, attempt == Most - 1) is not { } found)
                    return answer;
                wrong = found;
            }
            catch (UnusableAnswerException error)
            {
                wrong = error.Message;
            }
            if (attempt == Most - 1)
                throw new UnusableAnswerException(wrong);
            feedback = $"An earlier attempt could not be used: {wrong}. Avoid that this time.";
        }
    }
}
