namespace TorchSharp;

/// <summary>
/// Disposes what was created on its thread while it was the innermost scope. Scopes nest; a tensor that must outlive one is moved
/// to the outer one or detached.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] static DisposeScope? innermost;

    readonly HashSet<IDisposable> disposables = new(ReferenceEqualityComparer.Instance);
    readonly DisposeScope? outer;
    bool ended;

    internal DisposeScope()
    {
        outer = Innermost();
        innermost = this;
    }

    /// <summary>The thread's innermost scope; one that was ended on another thread is passed over.</summary>
    static DisposeScope? Innermost()
    {
        while (innermost is { ended: true })
            innermost = innermost.outer;
        return innermost;
    }

    public int DisposablesCount => disposables.Count;

    internal static void Register(torch.Tensor tensor)
    {
        if (Innermost() is { } scope)
            scope.Attach(tensor);
    }

    internal void Forget(IDisposable disposable) => disposables.Remove(disposable);

    public void Attach(IDisposable disposable)
    {
        if (disposable is torch.Tensor tensor)
        {
            tensor.Scope?.Forget(tensor);
            tensor.Scope = this;
        }
        disposables.Add(disposable);
    }

    /// <summary>Leaves the disposable to the scope around this one, or to its owner where there is none.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(outer, disposable);

    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        if (!disposables.Remove(disposable))
            return disposable;
        if (disposable is torch.Tensor tensor)
            tensor.Scope = null;
        scope?.Attach(disposable);
        return disposable;
    }

    /// <summary>Leaves the disposable to its owner.</summary>
    public T Detach<T>(T disposable) where T : IDisposable => MoveToOther(null, disposable);

    public void DisposeEverything() => DisposeEverythingBut([]);

    public void DisposeEverythingBut(params IDisposable[] keep)
    {
        var all = disposables.ToArray();
        disposables.Clear();
        foreach (var disposable in all)
        {
            if (keep.Contains(disposable, ReferenceEqualityComparer.Instance))
            {
                disposables.Add(disposable);
                continue;
            }
            if (disposable is torch.Tensor tensor)
                tensor.Scope = null;
            disposable.Dispose();
        }
    }

    public void Dispose()
    {
        DisposeEverything();
        ended = true;
        Innermost();
    }
}
