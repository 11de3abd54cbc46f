using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Cli.Verbs;

/// <summary>Reads recipe files.</summary>
static class Recipe
{
    /// <summary>The spec of a recipe, with single fields set.</summary>
    /// <exception cref="InvalidDataException">It cannot run; the message has a line for each problem.</exception>
    public static TrainSpec Read(FileInfo file, IReadOnlyList<string> set)
    {
        var reading = Check(file, set);
        return reading.Problems.Count == 0 ? reading.Spec : throw new InvalidDataException(string.Join("\n", reading.Problems.Select(problem => $"{file}, {problem}")));
    }

    /// <summary>The spec of a recipe with all that is wrong with it.</summary>
    /// <exception cref="InvalidDataException">It is neither YAML nor JSON.</exception>
    public static TrainSpecReading Check(FileInfo file, IReadOnlyList<string> set)
    {
        try
        {
            return TrainSpecs.Read(File.ReadAllText(file.FullName), set);
        }
        catch (SpecSyntaxException e)
        {
            throw new InvalidDataException($"{file}, {e.Message}", e);
        }
    }
}
