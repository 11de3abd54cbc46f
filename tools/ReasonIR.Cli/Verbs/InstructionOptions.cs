using System.CommandLine;
using ReasonIR.Contracts.Benchmarks;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>--instruction</c> and <c>--task-instruction</c>: what an instructed encoder is told of the queries' task.</summary>
public sealed class InstructionOptions
{
    readonly Option<string?> text = new("--instruction") { Description = "What the encoder is told of the queries' task, put into the form that the model was trained with." };
    readonly Option<string?> task = new("--task-instruction") { Description = "The instruction of the benchmark's task that is searched, with the task called by its id (earth_science) or its title (Earth Science): id or title." };

    /// <summary>Adds the options to a verb.</summary>
    public Command AddTo(Command command)
    {
        command.Options.Add(text);
        command.Options.Add(task);
        return command;
    }

    /// <summary>The instruction; null: none.</summary>
    public QueryInstruction? Read(ParseResult parse) => (parse.GetValue(text), parse.GetValue(task)) switch
    {
        (null, null) => null,
        ({ } own, null) => new(own),
        (null, { } spelling) => new(Task: spelling),
        _ => throw new ArgumentException("--instruction and --task-instruction: expected one of them, found both."),
    };
}
