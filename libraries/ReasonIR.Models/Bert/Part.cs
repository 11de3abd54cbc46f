using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Models.Bert;

/// <summary>A level of names in the checkpoint without work of its own.</summary>
sealed class Part : nn.Module
{
    Part() : base(nameof(Part))
    {
    }

    /// <summary>Registers modules under dotted names, with a part for every level between.</summary>
    public static void Register(nn.Module root, params ReadOnlySpan<(string Path, nn.Module Module)> modules)
    {
        var levels = new List<(string Name, List<(string, nn.Module)> Below)>();
        foreach (var (path, module) in modules)
        {
            var dot = path.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0)
            {
                root.register_module(path, module);
                continue;
            }
            if (levels.Find(l => l.Name == path[..dot]) is not { Name: not null } level)
                levels.Add(level = (path[..dot], []));
            level.Below.Add((path[(dot + 1)..], module));
        }
        foreach (var (name, below) in levels)
        {
            var part = new Part();
            Register(part, [.. below]);
            root.register_module(name, part);
        }
    }
}
