using ReasonIR.EndToEnd;

[assembly: AssemblyFixture(typeof(RunningSystem))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]
