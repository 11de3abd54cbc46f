using ReasonIR.Language.Chat;
using ReasonIR.Language.Prompts;
using ReasonIR.Language.Spending;
using ReasonIR.Language.Structured;

namespace ReasonIR.Synthesis.Llm;

/// <summary>What is wrong with an answer.</summary>
/// <param name="Reason">A few words that are counted, the same for all failures of a kind.</param>
/// <param name="Told">What the model is told.</param>
public sealed record CheckFailure(string Reason, string Told);

/// <param name="Attempts">How often it was asked for, repairs of the JSON apart.</param>
/// <param name="Failures">What was wrong with the answers before it.</param>
public sealed record Answered<T>(T Value, int Attempts, IReadOnlyList<CheckFailure> Failures);

/// <summary>No answer passed.</summary>
public sealed class NoAnswerException(IReadOnlyList<CheckFailure> failures) : Exception(failures[^1].Told)
{
    /// <summary>Of each attempt.</summary>
    public IReadOnlyList<CheckFailure> Failures => failures;
}

/// <summary>
/// Asks a chat endpoint on a run's account until the answer passes a check: each time the model is told what was wrong, and the seed moves
/// on, so that a model that repeats itself gets another chance. Thread-safe.
/// </summary>
public sealed class Asker(StructuredChat chat, ChatSettings settings, RunBudget budget, string run, double temperature)
{
    public ChatSettings Settings => settings;

    public RunBudget Budget => budget;

    /// <param name="inputs">Of the prompt, but for its <c>feedback</c>.</param>
    /// <param name="check">What is wrong with the answer, or null. Told whether it was the last attempt, so that it can be content with less.</param>
    /// <exception cref="NoAnswerException">Every attempt failed.</exception>
    public async Task<Answered<T>> AskAsync<T>(
        Prompt prompt, IReadOnlyDictionary<string, string> inputs, Func<T, bool, CheckFailure?> check, int seed, int maxOutputTokens, int attempts, CancellationToken cancellation)
    {
        var failures = new List<CheckFailure>();
        while (true)
        {
            try
            {
                var feedback = failures.Count == 0 ? "" : $"An earlier attempt could not be used: {failures[^1].Told}. Avoid that this time.";
                var turns = prompt.Render(new Dictionary<string, string>(inputs) { ["feedback"] = feedback });
                var request = new ChatRequest(turns, maxOutputTokens, prompt.Output, temperature, seed + failures.Count);
                var answer = await chat.AskAsync<T>(request, new CallPurpose(run, prompt.Name, prompt.Hash), budget, cancellation);
                if (check(answer, failures.Count == attempts - 1) is not { } failure)
                    return new(answer, failures.Count + 1, failures);
                failures.Add(failure);
            }
            catch (UnusableAnswerException error)
            {
                failures.Add(new("no usable answer", error.Message));
            }
            if (failures.Count == attempts)
                throw new NoAnswerException(failures);
        }
    }
}
