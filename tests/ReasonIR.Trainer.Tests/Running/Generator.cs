namespace ReasonIR.Trainer.Tests.Running;

/// <summary>libtorch's generator belongs to the process: tests that train, or make random models, take turns, as runs do in the service.</summary>
public static class Generator
{
    public const string Process = "generator of the process";
}
