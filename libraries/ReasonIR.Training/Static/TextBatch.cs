namespace ReasonIR.Training.Static;

/// <summary>Texts as lists of row numbers, one after another: text t holds <c>Rows[Starts[t]..Starts[t + 1]]</c>.</summary>
sealed class TextBatch
{
    readonly List<int> starts = [0];

    public List<int> Rows { get; } = [];

    public int Count => starts.Count - 1;

    public ReadOnlySpan<int> this[int text] =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Rows)[starts[text]..starts[text + 1]];

    public int Start(int text) => starts[text];

    /// <summary>Ends the text whose rows were appended to <see cref="Rows"/> since the last end.</summary>
    public void End() => starts.Add(Rows.Count);

    /// <summary>Takes back what was appended since the last end.</summary>
    public void Discard() => Rows.RemoveRange(starts[^1], Rows.Count - starts[^1]);

    /// <summary>Whether anything was appended since the last end.</summary>
    public bool HasOpenRows => Rows.Count > starts[^1];

    public void Clear()
    {
        Rows.Clear();
        starts.RemoveRange(1, starts.Count - 1);
    }
}
