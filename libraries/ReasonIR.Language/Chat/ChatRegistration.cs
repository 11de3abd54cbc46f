using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ReasonIR.Language.Spending;
using ReasonIR.Language.Structured;

namespace ReasonIR.Language.Chat;

public static class ChatRegistration
{
    /// <summary>
    /// The chat model of the settings, checked at start; its cache and ledger (<see cref="IAnswerCache"/>, <see cref="ICallLedger"/>) are
    /// the host's to register.
    /// </summary>
    public static IServiceCollection AddChatModel(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ChatSettings>()
            .Configure(settings => ChatConfiguration.Bind(settings, configuration))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<ChatSettings>, ChatSettingsValidation>();
        services.AddSingleton(provider => new ChatEndpoint(
            provider.GetRequiredService<IOptions<ChatSettings>>().Value, provider.GetRequiredService<ILogger<ChatEndpoint>>(), provider.GetService<TimeProvider>()));
        services.AddSingleton(provider => new ChatModel(
            provider.GetRequiredService<ChatEndpoint>(), provider.GetRequiredService<IAnswerCache>(), provider.GetRequiredService<ILogger<ChatModel>>(), provider.GetService<TimeProvider>()));
        services.AddSingleton<StructuredChat>();
        return services;
    }

    sealed class ChatSettingsValidation : IValidateOptions<ChatSettings>
    {
        public ValidateOptionsResult Validate(string? name, ChatSettings settings) =>
            ChatConfiguration.Problems(settings).ToList() is { Count: > 0 } problems ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }
}
