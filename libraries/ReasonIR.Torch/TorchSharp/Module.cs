using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>A part of a model: named parameters and named parts, whose names joined by dots are those of a checkpoint.</summary>
            public abstract class Module(string name) : IDisposable
            {
                readonly List<(string Name, Parameter Parameter)> ownParameters = [];
                readonly List<(string Name, Module Module)> ownModules = [];

                public string GetName() => name;

                /// <summary>Whether dropout is on; true at first, as in PyTorch.</summary>
                public bool training { get; private set; } = true;

                public virtual void register_parameter(string name, Parameter param) => ownParameters.Add((Free(name), param));

                public virtual void register_module(string name, Module submodule) => ownModules.Add((Free(name), submodule));

                string Free(string name) => ownParameters.Any(p => p.Name == name) || ownModules.Any(m => m.Name == name)
                    ? throw new InvalidOperationException($"The name {name} is already registered.")
                    : name;

                public virtual IEnumerable<(string name, Module module)> named_children() => ownModules.Select(m => (m.Name, m.Module));

                public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
                {
                    foreach (var (name, parameter) in ownParameters)
                        yield return (name, parameter);
                    if (!recurse)
                        yield break;
                    foreach (var (prefix, module) in ownModules)
                        foreach (var (name, parameter) in module.named_parameters())
                            yield return ($"{prefix}.{name}", parameter);
                }

                public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

                public virtual void train(bool on = true)
                {
                    training = on;
                    foreach (var (_, module) in ownModules)
                        module.train(on);
                }

                public virtual void eval() => train(false);

                public virtual void zero_grad(bool set_to_none = true)
                {
                    foreach (var parameter in parameters())
                    {
                        if (set_to_none)
                            parameter.grad = null;
                        else if (parameter.grad is { } gradient)
                            gradient.zero_();
                    }
                }

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing)
                {
                    if (!disposing)
                        return;
                    foreach (var (_, parameter) in ownParameters)
                        parameter.Dispose();
                    foreach (var (_, module) in ownModules)
                        module.Dispose();
                }
            }

            public abstract class Module<T, TResult>(string name) : Module(name)
            {
                public abstract TResult forward(T input);
                public TResult call(T input) => forward(input);
            }

            public abstract class Module<T1, T2, TResult>(string name) : Module(name)
            {
                public abstract TResult forward(T1 input1, T2 input2);
                public TResult call(T1 input1, T2 input2) => forward(input1, input2);
            }

            public static ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

            public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>A tensor that is trained. It takes over the data of the tensor given, outside any dispose scope.</summary>
    public sealed class Parameter : torch.Tensor
    {
        public Parameter(torch.Tensor data, bool requires_grad = true) : base(ReasonIR.Torch.Binding.Native.Check(ReasonIR.Torch.Binding.Native.rt_detach(data.Handle)))
        {
            DetachFromDisposeScope();
            data.Dispose();
            this.requires_grad = requires_grad;
        }
    }

    /// <summary>Modules named by their position.</summary>
    public sealed class ModuleList<T> : torch.nn.Module, IReadOnlyList<T> where T : torch.nn.Module
    {
        readonly List<T> modules = [];

        internal ModuleList(IEnumerable<T> modules) : base(nameof(ModuleList<T>))
        {
            foreach (var module in modules)
                Add(module);
        }

        public int Count => modules.Count;

        public T this[int index] => modules[index];

        public void Add(T item)
        {
            register_module(modules.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), item);
            modules.Add(item);
        }

        public IEnumerator<T> GetEnumerator() => modules.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
