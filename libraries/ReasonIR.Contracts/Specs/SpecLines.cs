namespace ReasonIR.Contracts.Specs;

/// <summary>Finds the line that a problem's field stands on.</summary>
static class SpecLines
{
    /// <summary><c>field: message</c> as its parts.</summary>
    public static SpecProblem Split(string problem)
    {
        var colon = problem.IndexOf(": ", StringComparison.Ordinal);
        return colon < 0 ? new("", problem) : new(problem[..colon], problem[(colon + 2)..]);
    }

    /// <summary>The line of a field, or of the nearest section above it that is there.</summary>
    public static int LineOf(SpecMap map, string field)
    {
        var (line, node) = (map.Line, (SpecNode?)map);
        foreach (var part in field.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var open = part.IndexOf('[');
            if (node is not SpecMap here || here.Fields.FirstOrDefault(one => one.Name == (open < 0 ? part : part[..open])) is not { } found)
                break;
            (line, node) = (found.Line, found.Value);
            if (open >= 0 && node is SpecList list && int.TryParse(part.AsSpan(open + 1).TrimEnd(']'), out var index) && index < list.Items.Count)
                (line, node) = (list.Items[index].Line, list.Items[index]);
        }
        return line;
    }
}
