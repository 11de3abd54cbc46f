using Microsoft.AspNetCore.Components;

namespace ReasonIR.Portal.Components.Live;

/// <summary>
/// A component whose first interactive picture shows what was read for the prerendered one, so that a page does not go blank in between. It reads
/// again as any other does: what it was handed is shown until then. One of a type on a page.
/// </summary>
public abstract class KeptComponent : ComponentBase, IDisposable
{
    PersistingComponentStateSubscription? keeping;
    bool begun;

    [Inject] PersistentComponentState State { get; set; } = null!;

    [Inject] Handover Handover { get; set; } = null!;

    /// <summary>Whether there is something to hand over.</summary>
    protected virtual bool Keeps => true;

    /// <summary>After the variables of the prerendered component came over.</summary>
    protected virtual void OnHanded()
    {
    }

    /// <inheritdoc/>
    public override Task SetParametersAsync(ParameterView parameters)
    {
        if (!begun)
        {
            begun = true;
            if (!RendererInfo.IsInteractive)
                keeping = State.RegisterOnPersisting(Keep);
            else if (State.TryTakeFromJson<Guid>(Key, out var key) && Handover.Take(key, this))
                OnHanded();
        }
        return base.SetParametersAsync(parameters);
    }

    string Key => GetType().FullName!;

    // A method of the component, not of a closure: the framework sees by it that the component will be interactive.
    Task Keep()
    {
        if (Keeps)
            State.PersistAsJson(Key, Handover.Keep(this));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        keeping?.Dispose();
        GC.SuppressFinalize(this);
    }
}
