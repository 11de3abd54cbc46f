using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Synthesis;
using ReasonIR.Benchmarks.Transformers;

if (args is [LoadModelProbe.Verb, var folder])
    return LoadModelProbe.Run(folder);
if (args is [EncodeLongProbe.Verb, var tokens, var type])
    return EncodeLongProbe.Run(int.Parse(tokens, System.Globalization.CultureInfo.InvariantCulture), type);
if (args is [SlowChatServer.Verb, var milliseconds])
    return await SlowChatServer.RunAsync(milliseconds);
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
return await BenchCommand.RunAsync(args, Console.Out, Console.Error, stop.Token);
