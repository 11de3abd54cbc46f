using Aspire.Hosting.ApplicationModel;

namespace ReasonIR.Hosting.Running;

/// <summary>Who is stopped before whom.</summary>
static class ShutdownOrder
{
    /// <summary>Levels, first to be stopped first: nobody is stopped before those who refer to it or waited for it.</summary>
    public static IReadOnlyList<IReadOnlyList<Resource>> Levels(IReadOnlyList<Resource> resources)
    {
        var heights = new Dictionary<Resource, int>();
        return [.. resources.GroupBy(r => Height(r, [])).OrderByDescending(level => level.Key).Select(level => level.ToList())];

        // The longest chain of dependencies below a resource. A circle of references is cut where it closes.
        int Height(Resource resource, HashSet<Resource> above)
        {
            if (heights.TryGetValue(resource, out var known))
                return known;
            if (!above.Add(resource))
                return 0;
            var height = resource.References.OfType<Resource>().Concat(resource.Waits.Select(w => w.On)).Select(below => Height(below, above) + 1).DefaultIfEmpty(0).Max();
            above.Remove(resource);
            return heights[resource] = height;
        }
    }
}
