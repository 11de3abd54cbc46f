namespace ReasonIR.Contracts.Runs;

/// <summary>What a run is asked to do: one record a kind, stored as JSON with <see cref="RunSpecs.Version"/>.</summary>
public interface IRunSpec
{
    /// <summary>Every problem of the spec at once, each naming its field and what was expected; empty when it can run.</summary>
    IEnumerable<string> Problems();

    /// <summary>A short title for lists, e.g. <c>import theoremqa</c>.</summary>
    string Title { get; }
}
