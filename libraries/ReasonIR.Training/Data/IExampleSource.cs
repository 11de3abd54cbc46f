using ReasonIR.Models.Transformers;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Training.Data;

/// <summary>A passage of an example in a batch.</summary>
/// <param name="Id">Of its document, or of its text; equal for equal ones.</param>
/// <param name="Score">A teacher's; NaN: none.</param>
public readonly record struct DrawnPassage(TokenizedText Text, long Id, float Score);

/// <summary>An example as it goes into a batch.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Known">All that is relevant to the query, drawn or not, in the terms of <see cref="DrawnPassage.Id"/>.</param>
/// <param name="Weight">In the loss.</param>
/// <param name="Reasoned">The query rewritten with reasoning, or null.</param>
public sealed record DrawnExample(
    string Name, TokenizedText Query, IReadOnlyList<DrawnPassage> Positives, IReadOnlyList<DrawnPassage> Negatives, IReadOnlyCollection<long> Known, float Weight = 1, TokenizedText? Reasoned = null);

/// <summary>One source of a mixture: numbered examples. Thread-safe. What is read depends on the arguments alone.</summary>
public interface IExampleSource : IDisposable
{
    /// <summary>For messages.</summary>
    string Name { get; }

    /// <summary>Examples, above 0.</summary>
    int Count { get; }

    /// <summary>Names the examples and how they are drawn.</summary>
    string Fingerprint { get; }

    /// <summary>Adds the keys that no two examples of a batch may share: those of the query and of all positives.</summary>
    /// <param name="pass">How often the source has been gone through before.</param>
    void AddKeys(int example, int pass, List<long> keys);

    /// <param name="draw">Decides which positives and negatives are taken.</param>
    DrawnExample Draw(int example, int pass, SeededDraw draw);
}
