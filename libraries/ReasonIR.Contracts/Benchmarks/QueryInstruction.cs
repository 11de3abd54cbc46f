using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Benchmarks;

/// <summary>
/// What an instructed encoder is told of the task of a query. The model decides how it becomes a prompt (its <c>{instruction}</c> place,
/// or its serving settings); documents are encoded without it, so that an index serves every instruction.
/// </summary>
/// <param name="Text">The instruction itself; beside <paramref name="Task"/>, what that stood for.</param>
/// <param name="Task">The instruction of the benchmark's task whose corpus is searched, with the task called by its <c>id</c> (<c>earth_science</c>) or by its
/// <c>title</c> (<c>Earth Science</c>): published figures differ in this.</param>
[Shorthand(nameof(Text))]
public sealed record QueryInstruction(string? Text = null, string? Task = null)
{
    /// <summary>The longest instruction, in characters.</summary>
    public const int Longest = 2000;

    /// <summary>What ends the name of a system whose encoder is told something, beside those that are told nothing.</summary>
    public static string Suffix(QueryInstruction? instruction) => instruction is null ? "" : "-instructed";

    /// <summary>Every problem, each naming its field below <paramref name="field"/>.</summary>
    public IEnumerable<string> Problems(string field) =>
    [
        .. string.IsNullOrWhiteSpace(Text) && Task is null ? new[] { $"{field}: expected a text, or a task spelled by id or title; found neither." } : [],
        .. SpecChecks.Length($"{field}.text", Text, Longest),
        .. Task is null ? [] : SpecChecks.OneOf($"{field}.task", Task, "id", "title"),
    ];

    /// <summary>The same with its text, found by the name of the corpus among the registry's benchmarks where it is meant by its task.</summary>
    /// <exception cref="ArgumentException">No benchmark has a task of that corpus, or none with an instruction.</exception>
    public QueryInstruction For(string corpus)
    {
        if (Text is not null || Task is null)
            return this;
        foreach (var benchmark in BenchmarkRegistry.All)
            foreach (var task in benchmark.Tasks)
                foreach (var longDocuments in new[] { false, true })
                    if (benchmark.Corpus(task, longDocuments) == corpus)
                        return Of(benchmark, task, longDocuments);
        throw new ArgumentException($"instruction.task: '{corpus}' is the corpus of no benchmark's task; give the instruction's text.");
    }

    /// <summary>The same with the text of a benchmark's task.</summary>
    /// <exception cref="ArgumentException">The benchmark has no instruction for it.</exception>
    public QueryInstruction Of(Benchmark benchmark, BenchmarkTask task, bool longDocuments) =>
        this with
        {
            Text = benchmark.Instruction(task, longDocuments, Task == "title")
                ?? throw new ArgumentException($"instruction.task: {benchmark.Name} has no instruction for its task '{task.Id}'; give the instruction's text."),
        };
}
