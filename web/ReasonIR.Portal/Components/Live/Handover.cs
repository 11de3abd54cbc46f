using System.Collections.Concurrent;
using System.Reflection;

namespace ReasonIR.Portal.Components.Live;

/// <summary>
/// Keeps what a component read while the page was made on the server, until the interactive one takes its place. It stays in memory, since both
/// are drawn by this process: what a page shows may be megabytes, which would go to the browser and back. Only its key travels. Thread-safe.
/// </summary>
public sealed class Handover(TimeProvider time)
{
    /// <summary>Pages that nobody takes over (a script's, a search engine's) are forgotten.</summary>
    const int Most = 200;

    static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<Guid, (object Component, DateTimeOffset Until)> kept = new();
    readonly ConcurrentQueue<Guid> order = new();

    /// <summary>Keeps a component for a short time.</summary>
    public Guid Keep(object component)
    {
        var key = Guid.NewGuid();
        kept[key] = (component, time.GetUtcNow() + Longest);
        order.Enqueue(key);
        while (order.Count > Most || order.TryPeek(out var oldest) && (!kept.TryGetValue(oldest, out var found) || found.Until < time.GetUtcNow()))
            if (order.TryDequeue(out var gone))
                kept.TryRemove(gone, out _);
        return key;
    }

    /// <summary>Gives a component the fields of the kept one, once; false where it is not there any more, or is of another type.</summary>
    public bool Take(Guid key, object into)
    {
        if (!kept.TryRemove(key, out var found) || found.Until < time.GetUtcNow() || found.Component.GetType() != into.GetType())
            return false;
        foreach (var field in Fields(into.GetType()))
            field.SetValue(into, field.GetValue(found.Component));
        return true;
    }

    /// <summary>A component's own variables: neither what it is given (properties, services among them) nor what it is made with.</summary>
    static IEnumerable<FieldInfo> Fields(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly).Where(field => !field.IsInitOnly && !field.Name.StartsWith('<'));
}
