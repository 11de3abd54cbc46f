using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ReasonIR.Language.Batches;
using ReasonIR.Language.Replay;
using ReasonIR.Language.Spending;
using ReasonIR.Language.Structured;

namespace ReasonIR.Language.Chat;

public static class ChatRegistration
{
    /// <summary>
    /// The chat models of the settings, checked at start: <see cref="ChatModels"/>, and the default one as <see cref="ChatModel"/>. Cache,
    /// ledgers and price table (<see cref="IAnswerCache"/>, <see cref="ICallLedger"/>, <see cref="IDayLedger"/>, <see cref="IPriceList"/>) are the
    /// host's to register.
    /// </summary>
    public static IServiceCollection AddChatModel(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<ChatSettings>, ChatSettingsValidation>();
        services.AddOptions<ChatSettings>().Configure(settings => ChatConfiguration.Bind(settings, configuration)).ValidateOnStart();
        services.AddSingleton(provider =>
        {
            var settings = provider.GetRequiredService<IOptions<ChatSettings>>().Value;
            return new AnswerTape(settings.Replay, settings.Record);
        });
        AddModel(services, ChatSettings.DefaultName, Options.DefaultName);
        foreach (var name in ChatConfiguration.Names(configuration))
        {
            services.AddOptions<ChatSettings>(name).Configure(settings =>
            {
                settings.Name = name;
                ChatConfiguration.Bind(settings, configuration);
            }).ValidateOnStart();
            AddModel(services, name, name);
        }
        services.AddSingleton(provider => new ChatModels(
            [.. new[] { ChatSettings.DefaultName }.Concat(ChatConfiguration.Names(configuration)).Select(name => provider.GetRequiredKeyedService<ChatModel>(name))]));
        services.AddSingleton(provider => provider.GetRequiredKeyedService<ChatEndpoint>(ChatSettings.DefaultName));
        services.AddSingleton(provider => provider.GetRequiredService<ChatModels>().Default);
        services.AddSingleton<StructuredChat>();
        return services;
    }

    static void AddModel(IServiceCollection services, string name, string options)
    {
        services.AddKeyedSingleton(name, (provider, _) => new ChatEndpoint(
            provider.GetRequiredService<IOptionsMonitor<ChatSettings>>().Get(options), provider.GetRequiredService<ILogger<ChatEndpoint>>(), provider.GetService<TimeProvider>()));
        services.AddKeyedSingleton(name, (provider, _) => new BatchQueue(
            provider.GetRequiredKeyedService<ChatEndpoint>(name), provider.GetRequiredService<IBatchStore>(), provider.GetRequiredService<IAnswerCache>(),
            cancellation => provider.GetRequiredKeyedService<ChatModel>(name).PriceAsync(cancellation), provider.GetRequiredService<ILogger<BatchQueue>>(), provider.GetService<TimeProvider>()));
        services.AddKeyedSingleton(name, (provider, _) => new ChatModel(
            provider.GetRequiredKeyedService<ChatEndpoint>(name), provider.GetRequiredService<IAnswerCache>(), provider.GetRequiredService<ILogger<ChatModel>>(), provider.GetService<TimeProvider>(),
            provider.GetService<IPriceList>(), Day(provider), Batches(provider, name), provider.GetRequiredService<AnswerTape>()));
    }

    static BatchQueue? Batches(IServiceProvider provider, string name) =>
        provider.GetService<IBatchStore>() is not null && provider.GetRequiredKeyedService<ChatEndpoint>(name).Settings.IsConfigured ? provider.GetRequiredKeyedService<BatchQueue>(name) : null;

    static DayBudget? Day(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<ChatSettings>>().Value.DayCostCap is { } cap
            ? new DayBudget(provider.GetRequiredService<IDayLedger>(), cap, provider.GetService<TimeProvider>())
            : null;

    sealed class ChatSettingsValidation : IValidateOptions<ChatSettings>
    {
        public ValidateOptionsResult Validate(string? name, ChatSettings settings) =>
            ChatConfiguration.Problems(settings).ToList() is { Count: > 0 } problems ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }
}
