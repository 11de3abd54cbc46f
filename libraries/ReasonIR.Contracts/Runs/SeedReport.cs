namespace ReasonIR.Contracts.Runs;

/// <summary>What the seed filters did.</summary>
/// <param name="Documents">Documents of the corpus.</param>
/// <param name="Kept">Seeds.</param>
/// <param name="Steps">The steps in their order.</param>
/// <param name="Strata">Where a sample was drawn: how many documents of each stratum there were and were drawn.</param>
/// <param name="Seconds">What it took.</param>
public sealed record SeedReport(int Documents, int Kept, IReadOnlyList<SeedStep> Steps, IReadOnlyList<SeedStratum>? Strata, double Seconds);

/// <summary>One step.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dropped">Documents that fell there.</param>
/// <param name="Left">Documents left after it.</param>
/// <param name="Examples">The first few that fell.</param>
public sealed record SeedStep(string Name, int Dropped, int Left, IReadOnlyList<SeedExample> Examples);

/// <summary>A document that fell.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Why">The words counted, the language, the score, the document that it repeats, ...</param>
/// <param name="Text">Its beginning.</param>
public sealed record SeedExample(string Id, string Why, string Text);

/// <summary>A part of the documents that a sample draws from.</summary>
/// <param name="Name">Its bounds, its number or its value.</param>
/// <param name="Documents">How many it has.</param>
/// <param name="Drawn">How many were drawn.</param>
public sealed record SeedStratum(string Name, int Documents, int Drawn);
