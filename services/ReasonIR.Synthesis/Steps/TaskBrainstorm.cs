using System.Globalization;
using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Steps;

/// <summary>The answer to <c>prompts/brainstorm-tasks.md</c>.</summary>
public sealed record BrainstormedTasks(IReadOnlyList<BrainstormedTask> Tasks);

public sealed record BrainstormedTask(string Asker, string Instruction);

/// <summary>Different task instructions, before examples of varied length are written for them.</summary>
static class TaskBrainstorm
{
    /// <summary>Instructions whose words overlap by this share (Jaccard's index) are the same in other words.</summary>
    const double Alike = 0.6;

    const int AtOnce = 20;

    /// <summary>Answers in a row without a new task, after which the model has no more.</summary>
    const int Exhausted = 3;

    /// <returns>At least one; fewer than wanted where the model has no more.</returns>
    /// <exception cref="NoAnswerException">The model gives none.</exception>
    public static async Task<IReadOnlyList<string>> AskAsync(Asker asker, VariedLengthSettings settings, int seed, CancellationToken cancellation)
    {
        var tasks = new List<string>();
        for (var (call, barren) = (0, 0); tasks.Count < settings.Tasks && barren < Exhausted; call++)
        {
            var wanted = Math.Min(AtOnce, settings.Tasks - tasks.Count);
            var answer = await asker.AskAsync<BrainstormedTasks>(PromptFiles.BrainstormTasks, new Dictionary<string, string>
            {
                ["count"] = wanted.ToString(CultureInfo.InvariantCulture),
                // The last ones are enough to lead elsewhere, and keep the prompt short.
                ["known"] = tasks.Count == 0 ? "" : "They must be different from these:\n" + string.Join('\n', tasks.TakeLast(100).Select(task => $"- {task}")),
            }, (_, _) => null, unchecked(seed + 1000 * call), 500 + 150 * wanted, settings.Attempts, cancellation);
            var before = tasks.Count;
            foreach (var task in answer.Value.Tasks)
                if (tasks.Count < settings.Tasks && !tasks.Any(known => Same(known, task.Instruction)))
                    tasks.Add(task.Instruction.Trim());
            barren = tasks.Count == before ? barren + 1 : 0;
        }
        return tasks;
    }

    internal static bool Same(string a, string b)
    {
        var (first, second) = (Words.Of(a).ToHashSet(), Words.Of(b).ToHashSet());
        var both = first.Count(second.Contains);
        return both >= Alike * (first.Count + second.Count - both);
    }
}
