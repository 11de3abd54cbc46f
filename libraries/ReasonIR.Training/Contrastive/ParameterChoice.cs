using System.IO.Enumeration;
using System.Text.RegularExpressions;
using TorchSharp.Modules;

namespace ReasonIR.Training.Contrastive;

/// <summary>Which parameters are trained, decayed, and at what rate, by their names.</summary>
public static partial class ParameterChoice
{
    /// <summary>Switches the gradients of what is frozen off; without the settings' word a parameter keeps what it has.</summary>
    /// <exception cref="InvalidDataException">Nothing is left to train, or there are fewer layers than are to be frozen.</exception>
    public static void Freeze(IReadOnlyList<(string Name, Parameter Parameter)> parameters, OptimizerSettings settings)
    {
        var layers = parameters.Select(p => LayerOf(p.Name)).Max() + 1;
        if (settings.FreezeLayers > layers)
            throw new InvalidDataException($"Optimizer.FreezeLayers is {settings.FreezeLayers}; the model has {layers} layers.");
        foreach (var (name, parameter) in parameters)
            if (IsFrozen(name, settings))
                parameter.requires_grad = false;
        if (parameters.All(p => !p.Parameter.requires_grad))
            throw new InvalidDataException("All parameters are frozen; there is nothing to train.");
    }

    /// <summary>Whether the settings leave a parameter as it is.</summary>
    public static bool IsFrozen(string name, OptimizerSettings settings) =>
        (settings.FreezeEmbeddings && IsTable(name)) || (LayerOf(name) is var layer and >= 0 && layer < settings.FreezeLayers) || Matches(settings.Freeze, name);

    public static bool IsDecayed(string name, OptimizerSettings settings) =>
        !(settings.NoDecayOnBiasAndNorm && IsBiasOrNorm(name)) && !Matches(settings.NoDecay, name);

    /// <summary>Of the run's learning rate.</summary>
    public static double Factor(string name, OptimizerSettings settings) =>
        settings.Rates?.FirstOrDefault(r => Matches([r.Pattern], name))?.Factor ?? 1;

    public static bool IsBiasOrNorm(string name) => name.EndsWith("bias", StringComparison.Ordinal) || name.Contains("norm", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the name is that of a table of tokens, positions or types.</summary>
    public static bool IsTable(string name) => name.EndsWith("embeddings.weight", StringComparison.Ordinal) || name.EndsWith("embed_tokens.weight", StringComparison.Ordinal);

    /// <summary>The number of the layer that a parameter belongs to; -1: none.</summary>
    public static int LayerOf(string name) => Layer().Match(name) is { Success: true } match && int.TryParse(match.Groups[1].ValueSpan, out var number) ? number : -1;

    /// <summary>A pattern holds for a name with or without the number of the module before it.</summary>
    static bool Matches(IReadOnlyList<string>? patterns, string name)
    {
        var bare = name.StartsWith("0.", StringComparison.Ordinal) ? name[2..] : name;
        return patterns?.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, bare, ignoreCase: false) || FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)) == true;
    }

    [GeneratedRegex(@"(?:^|\.)layers?\.(\d+)\.")]
    private static partial Regex Layer();
}
