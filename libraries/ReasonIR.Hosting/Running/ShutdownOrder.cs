using Aspire.Hosting.ApplicationModel;

namespace ReasonIR.Hosting.Running;

/// <summary>Who is stopped before whom.</summary>
static class ShutdownOrder
{
    /// <summary>Levels, first to be stopped first: nobody is stopped before those who refer to it or waited for it.</summary>
    public static IReadOnlyList<IReadOnlyList<Resource>> Levels(IReadOnlyList<Resource> resources)
    {
        var levels = new List<IReadOnlyList<Resource>>();
        var left = resources.ToList();
        while (left.Count > 0)
        {
            List<Resource> level = [.. left.Where(r => !left.Any(other => other != r && Below(other).Contains(r)))];
            // Two that refer to each other: the circle is opened at one from which most others are reached, so at none below the circle.
            if (level.Count == 0)
                level = [left.MaxBy(r => Reach(r, []).Count)!];
            levels.Add(level);
            left.RemoveAll(level.Contains);
        }
        return levels;
    }

    static IEnumerable<Resource> Below(Resource resource) => resource.References.OfType<Resource>().Concat(resource.Waits.Select(w => w.On));

    static HashSet<Resource> Reach(Resource resource, HashSet<Resource> reached)
    {
        foreach (var below in Below(resource).Where(reached.Add))
            Reach(below, reached);
        return reached;
    }
}
