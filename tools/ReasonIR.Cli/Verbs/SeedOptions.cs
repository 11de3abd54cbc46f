using System.CommandLine;
using System.Globalization;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Cli.Verbs;

/// <summary>Which documents examples are made from: a recipe's section <c>seeds</c> in a file, or its usual fields as options.</summary>
public sealed class SeedOptions
{
    readonly Option<FileInfo?> file = new("--seeds") { Description = "YAML or JSON: the section seeds of a recipe, or a recipe; the options below change it." };
    readonly Option<string?> words = new("--words") { Description = "Seeds' words, FROM..TO; either end may be left out." };
    readonly Option<string[]> languages = new("--languages") { Description = "Seeds' languages: codes such as en (several; default: all).", AllowMultipleArgumentsPerToken = true };
    readonly Option<bool> boilerplate = new("--keep-boilerplate") { Description = "Seeds may be boilerplate: notices, menus, texts that repeat themselves." };
    readonly Option<string?> quality = new("--quality") { Description = "Seeds' least score, SCORER=MINIMUM: heuristic=2, judge=3 (a language model), or model:NAME=2 (a registered classifier)." };
    readonly Option<string?> near = new("--near-duplicates") { Description = "Jaccard's index from which on the later of two seeds falls (default: 0.8), or off." };
    readonly Option<string[]> against = new("--against") { Description = "Evaluations whose answers no seed may hold, CORPUS[/QUERY-SET][:queries|answers|corpus] (several).", AllowMultipleArgumentsPerToken = true };
    readonly Option<string?> sample = new("--sample") { Description = "How many seeds are drawn, N[:length|topic[:STRATA]] or N:metadata:FIELD: as equal a share of each stratum as there is." };

    IEnumerable<Option> All => [file, words, languages, boilerplate, quality, near, against, sample];

    /// <summary>Adds the options to a verb.</summary>
    public Command AddTo(Command command)
    {
        foreach (var option in All)
            command.Options.Add(option);
        return command;
    }

    /// <summary>Whether seeds are filtered.</summary>
    public bool AreGiven(ParseResult parse) => All.Any(option => parse.GetResult(option) is { Implicit: false });

    /// <summary>The spec with its seed filters; as it is where none is given.</summary>
    /// <exception cref="ArgumentException">An option has another form, or the spec cannot run.</exception>
    /// <exception cref="InvalidDataException">The file cannot be used; the message has a line for each problem.</exception>
    public SynthesizeSpec Read(ParseResult parse, SynthesizeSpec spec)
    {
        if (!AreGiven(parse))
            return spec;
        var written = parse.GetValue(file);
        try
        {
            var (read, problems) = SynthesizeSpecs.WithSeeds(spec, written is null ? null : File.ReadAllText(written.FullName), [.. Fields(parse)]);
            return problems.Count == 0 ? read : throw new InvalidDataException(string.Join("\n", problems.Select(problem => written is null || problem.Line == 0 ? $"{problem}" : $"{written}, {problem}")));
        }
        catch (SpecSyntaxException e)
        {
            throw new InvalidDataException($"{written}, {e.Message}", e);
        }
    }

    /// <summary>The options as fields of a recipe.</summary>
    IEnumerable<string> Fields(ParseResult parse)
    {
        if (parse.GetValue(words) is { } range)
        {
            var (from, to) = range.Split("..") is [var least, var most] && range != ".." ? (least, most) : throw Form("--words", range, "FROM..TO, as in 50..2000");
            if (from.Length > 0)
                yield return $"seeds.minimumWords={from}";
            if (to.Length > 0)
                yield return $"seeds.maximumWords={to}";
        }
        if (parse.GetValue(languages) is { Length: > 0 } codes)
            yield return $"seeds.languages=[{string.Join(", ", codes.SelectMany(code => code.Split(',')).Select(code => $"\"{code}\""))}]";
        if (parse.GetValue(boilerplate))
            yield return "seeds.dropBoilerplate=false";
        if (parse.GetValue(quality) is { } score)
        {
            var (scorer, minimum) = score.Split('=') is [var by, var least] ? (by, least) : throw Form("--quality", score, "SCORER=MINIMUM, as in heuristic=2 or model:NAME=2");
            yield return $"seeds.quality.minimum={minimum}";
            yield return $"seeds.quality.scorer={scorer.Split(':')[0]}";
            if (scorer.Split(':', 2) is [_, var model])
                yield return $"seeds.quality.model={model}";
        }
        if (parse.GetValue(near) is { } index)
            yield return $"seeds.nearDuplicates={(index == "off" ? "null" : index)}";
        foreach (var (i, one) in (parse.GetValue(against) ?? []).Index())
        {
            var (place, scope) = one.Split(':', 2) is [var before, var after] ? (before, after) : (one, "answers");
            yield return $"seeds.against[{i}].corpus={place.Split('/')[0]}";
            if (place.Split('/', 2) is [_, var set])
                yield return $"seeds.against[{i}].querySet={set}";
            yield return $"seeds.against[{i}].scope={scope}";
        }
        if (parse.GetValue(sample) is { } drawn)
            foreach (var field in Sample(drawn))
                yield return field;
    }

    static IEnumerable<string> Sample(string text) => text.Split(':') switch
    {
        [var count] => [$"seeds.sample.documents={count}"],
        [var count, var by] => [$"seeds.sample.documents={count}", $"seeds.sample.by={by}"],
        [var count, "metadata", var field] => [$"seeds.sample.documents={count}", "seeds.sample.by=metadata", $"seeds.sample.field={field}"],
        [var count, var by, var strata] => [$"seeds.sample.documents={count}", $"seeds.sample.by={by}", $"seeds.sample.strata={strata}"],
        _ => throw Form("--sample", text, "N, N:length:STRATA, N:topic:STRATA or N:metadata:FIELD"),
    };

    static ArgumentException Form(string option, string found, string expected) => new(string.Create(CultureInfo.InvariantCulture, $"{option} {found}: expected {expected}."));
}
