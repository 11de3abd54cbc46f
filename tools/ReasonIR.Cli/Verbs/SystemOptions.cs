using System.CommandLine;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Cli.Verbs;

/// <summary>The options that describe one system.</summary>
public sealed class SystemOptions
{
    readonly Option<string?> kind = new("--kind") { Description = "bm25, dense or hybrid (default: hybrid where a model is named, else bm25)." };
    readonly Option<string?> model = new("--model") { Description = "The encoder of a dense or hybrid system." };
    readonly Option<string> variant = new("--bm25") { Description = "lucene or bright.", DefaultValueFactory = _ => "lucene" };
    readonly Option<double> k1 = new("--k1") { Description = "BM25: saturation of the term frequency.", DefaultValueFactory = _ => 0.9 };
    readonly Option<double> b = new("--b") { Description = "BM25: share of the length normalization, 0 to 1.", DefaultValueFactory = _ => 0.4 };
    readonly Option<bool> rm3 = new("--rm3") { Description = "BM25: expand the query by terms of the ten documents that it finds first." };
    readonly Option<string> fusion = new("--fusion") { Description = "minmax, rrf or zscore.", DefaultValueFactory = _ => "minmax" };
    readonly Option<double> weight = new("--dense-weight") { Description = "Weight of the dense ranking in min-max fusion.", DefaultValueFactory = _ => 0.5 };

    readonly Option<string?> pipeline = new("--pipeline") { Description = "A stored pipeline, name or name@version, in place of the other options." };
    readonly InstructionOptions instruction = new();

    /// <summary>Adds the options to a verb.</summary>
    public Command AddTo(Command command)
    {
        foreach (var option in new Option[] { kind, model, variant, k1, b, rm3, fusion, weight, pipeline })
            command.Options.Add(option);
        return instruction.AddTo(command);
    }

    /// <summary>The system that the options describe.</summary>
    public SystemSpec Read(ParseResult parse)
    {
        if (parse.GetValue(pipeline) is { } named)
            return new(named.Split('@')[0], "pipeline", Pipeline: named);
        var chosen = parse.GetValue(kind) ?? (parse.GetValue(model) is null ? "bm25" : "hybrid");
        var system = new SystemSpec(
            chosen,
            chosen,
            parse.GetValue(model),
            chosen == "dense" ? null : new(parse.GetValue(variant)!, parse.GetValue(k1), parse.GetValue(b), parse.GetValue(rm3) ? new() : null),
            chosen == "hybrid" ? new(parse.GetValue(fusion)!, parse.GetValue(weight)) : null,
            Instruction: instruction.Read(parse));
        // Checked before it is sent: JSON has no word for NaN.
        return system.Problems("system").ToList() is { Count: > 0 } problems ? throw new ArgumentException(string.Join(" ", problems)) : system;
    }
}
