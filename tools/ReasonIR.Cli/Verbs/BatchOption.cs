using System.CommandLine;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>--batch</c>: a run's calls to the language model as batch files.</summary>
static class BatchOption
{
    /// <summary>The option.</summary>
    public static Option<bool> Create() => new("--batch") { Description = "Send the calls to the language model as batch files, which its server answers within a day, with some at half the price." };
}
