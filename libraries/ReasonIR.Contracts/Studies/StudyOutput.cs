using ReasonIR.Contracts.Results;

namespace ReasonIR.Contracts.Studies;

/// <summary>What an <c>experiment</c> run leaves: one table, every figure of which is a result of the leaderboard.</summary>
/// <param name="Experiment">Which one.</param>
/// <param name="Measure">What its figures are.</param>
/// <param name="Columns">Tasks or corpora.</param>
/// <param name="Rows">In order.</param>
/// <param name="Label">Under which the leaderboard shows the results.</param>
/// <param name="Notes">What a reader must know: how lengths were made, what was left out.</param>
/// <param name="Axis">What <see cref="StudyRow.X"/> counts; null: the rows have no place on an axis.</param>
public sealed record StudyOutput(
    string Experiment, string Measure, IReadOnlyList<string> Columns, IReadOnlyList<StudyRow> Rows, string Label, IReadOnlyList<string> Notes, string? Axis = null);

/// <summary>A row.</summary>
/// <param name="Group">The line of a plot that it is a point of, e.g. the retriever; empty: none.</param>
/// <param name="Name">The system, the length, or the arm.</param>
/// <param name="Cells">By column.</param>
/// <param name="X">Its place on the axis; null: none.</param>
/// <param name="Mean">Over the columns; null where one is missing.</param>
public sealed record StudyRow(string Group, string Name, IReadOnlyDictionary<string, StudyCell> Cells, double? X = null, double? Mean = null);

/// <summary>A figure.</summary>
/// <param name="Value">The measure; over several seeds their mean.</param>
/// <param name="Queries">Measured queries.</param>
/// <param name="Results">The results behind it, one a seed.</param>
/// <param name="Comparison">The paired test against the first row of the group; null for that row, and over several seeds.</param>
/// <param name="Low">The smallest of the seeds; null for one seed.</param>
/// <param name="High">The largest.</param>
public sealed record StudyCell(double Value, int Queries, IReadOnlyList<long> Results, ComparisonInfo? Comparison = null, double? Low = null, double? High = null);

/// <summary>An experiment as lists and pages show it.</summary>
/// <param name="RunId">Its run.</param>
/// <param name="Experiment">Which one.</param>
/// <param name="Title">On what.</param>
/// <param name="State">Of the run.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="Output">The table; null before the end.</param>
public sealed record StudyInfo(long RunId, string Experiment, string Title, string State, DateTimeOffset CreatedAt, StudyOutput? Output = null);
