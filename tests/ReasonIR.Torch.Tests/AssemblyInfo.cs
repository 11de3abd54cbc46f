// The seed, the live tensor counter and the threads of libtorch belong to the process.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
