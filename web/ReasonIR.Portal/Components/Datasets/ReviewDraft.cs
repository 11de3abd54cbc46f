using ReasonIR.Contracts.Datasets;

namespace ReasonIR.Portal.Components.Datasets;

/// <summary>The texts of an example while a reviewer changes them.</summary>
public sealed class ReviewDraft
{
    /// <summary>Longer texts are not sent back and forth with each letter.</summary>
    public const int MostLetters = 8_000;

    readonly ExampleInfo original;

    /// <param name="shown">The example as its reviewer left it: <see cref="Edited"/>.</param>
    /// <param name="original">The example itself.</param>
    public ReviewDraft(ExampleInfo shown, ExampleInfo original)
    {
        this.original = original;
        (Query, Instruction) = (shown.Query, shown.Instruction ?? "");
        (Positives, Negatives) = ([.. shown.Positives.Select(text => text.Text)], [.. shown.Negatives.Select(text => text.Text)]);
    }

    public string Query { get; set; }

    public string Instruction { get; set; }

    /// <summary>A text a positive of the example; an empty one leaves it out.</summary>
    public string[] Positives { get; }

    /// <summary>The same of the negatives.</summary>
    public string[] Negatives { get; }

    /// <summary>What differs from the example; null where nothing does.</summary>
    public ExampleEdit? Read()
    {
        var edit = new ExampleEdit(
            Query == original.Query ? null : Query, Instruction == (original.Instruction ?? "") ? null : Instruction, Changed(Positives, original.Positives), Changed(Negatives, original.Negatives));
        return edit == new ExampleEdit() ? null : edit;
    }

    /// <summary>The example with an edit's texts; what the edit leaves out has an empty one.</summary>
    public static ExampleInfo Edited(ExampleInfo example, ExampleEdit? edit) => edit is null ? example : example with
    {
        Query = edit.Query ?? example.Query,
        Instruction = edit.Instruction is null ? example.Instruction : edit.Instruction.Length == 0 ? null : edit.Instruction,
        Positives = Texts(example.Positives, edit.Positives), Negatives = Texts(example.Negatives, edit.Negatives),
    };

    static IReadOnlyList<ExampleText> Texts(IReadOnlyList<ExampleText> texts, IReadOnlyList<string?>? edited) => edited is null ? texts
        : [.. texts.Zip(edited).Select(pair => pair.First.Text == pair.Second ? pair.First : new ExampleText(pair.Second ?? "", null, null, pair.First.Instruction))];

    static IReadOnlyList<string?>? Changed(string[] texts, IReadOnlyList<ExampleText> original) =>
        texts.Select((text, i) => text != original[i].Text).Any(changed => changed) ? [.. texts.Select(text => text.Trim().Length == 0 ? null : text)] : null;
}
