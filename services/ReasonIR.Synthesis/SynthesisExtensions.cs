using ReasonIR.Experiments;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Synthesis.Extractive;
using ReasonIR.Synthesis.Generation;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Runs;

namespace ReasonIR.Synthesis;

public static class SynthesisExtensions
{
    /// <summary>The generators, the chat model with its cache in the experiment database, and the handler of <c>synthesize</c> runs.</summary>
    public static IHostApplicationBuilder AddSynthesis(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddChatModel(builder.Configuration);
        services.AddSingleton<PostgresAnswers>();
        services.AddSingleton<IAnswerCache>(provider => provider.GetRequiredService<PostgresAnswers>());
        services.AddSingleton<ICallLedger>(provider => provider.GetRequiredService<PostgresAnswers>());
        services.AddSingleton<IExampleGenerator, ExtractiveGenerator>();
        services.AddSingleton<IExampleGenerator, LlmGenerator>();
        services.AddRunHandler<SynthesizeHandler>();
        return builder;
    }
}
