// The seed and the live tensor counter of libtorch belong to the process.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
