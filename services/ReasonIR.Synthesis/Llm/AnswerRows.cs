using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using ReasonIR.Experiments;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Synthesis.Llm;

/// <summary>Rows of <c>llm_calls</c>, many in a statement. The statements are prepared once a connection.</summary>
sealed class AnswerRows(NpgsqlDataSource database)
{
    const string Find = """
        select request_hash, response, finish_reason, refusal, reasoning, prompt_tokens, completion_tokens, usage_estimated, reasoning_tokens, cached_tokens, cost
        from llm_calls where request_hash = any($1)
        """;

    const string Add = """
        insert into llm_calls (run_id, purpose, endpoint, model, batch, request_hash, prompt_hash, response, finish_reason, refusal, reasoning,
            prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, usage_estimated, cost, milliseconds, created_at)
        select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
            $12::integer[], $13::integer[], $14::integer[], $15::integer[], $16::boolean[], $17::numeric[], $18::integer[], $19::timestamptz[])
        on conflict (request_hash) do nothing returning request_hash
        """;

    /// <summary>The answer of each hash, or null.</summary>
    public async Task<IReadOnlyList<CachedAnswer?>> FindAsync(IReadOnlyList<string> hashes)
    {
        var found = new Dictionary<string, CachedAnswer>(StringComparer.Ordinal);
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(Find, connection) { Parameters = { new() { Value = hashes.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text } } };
        await command.PrepareAsync();
        await using var reader = await command.ExecuteReaderAsync();
        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        while (await reader.ReadAsync())
            found[reader.GetString(0)] = new CachedAnswer(
                new ChatAnswer(reader.GetString(1), reader.GetString(2), Text(3), new TokenUsage(reader.GetInt32(5), reader.GetInt32(6), reader.GetBoolean(7), reader.GetInt32(8), reader.GetInt32(9)), Text(4)),
                reader.GetDecimal(10));
        return [.. hashes.Select(hash => found.GetValueOrDefault(hash))];
    }

    /// <summary>Adds calls of different hashes in one commit; where that fails, each by itself, so that a call that cannot be kept fails alone.</summary>
    /// <returns>The hashes that had no answer before, with the error of those that could not be kept.</returns>
    public async Task<Dictionary<string, Exception?>> AddAsync(IReadOnlyList<PaidCall> calls)
    {
        try
        {
            return (await InsertAsync(calls)).ToDictionary(hash => hash, _ => (Exception?)null, StringComparer.Ordinal);
        }
        catch (PostgresException error) when (calls.Count == 1)
        {
            return new(StringComparer.Ordinal) { [calls[0].Hash] = error };
        }
        catch (PostgresException)
        {
            var added = new Dictionary<string, Exception?>(StringComparer.Ordinal);
            foreach (var call in calls)
                foreach (var (hash, error) in await AddAsync([call]))
                    added[hash] = error;
            return added;
        }
    }

    async Task<IReadOnlyList<string>> InsertAsync(IReadOnlyList<PaidCall> calls)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(Add, connection);
        void Column<T>(NpgsqlDbType type, Func<PaidCall, T> value) => command.Parameters.Add(new() { Value = calls.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
        Column(NpgsqlDbType.Bigint, call => call.Purpose.Run is { } run ? long.Parse(run, CultureInfo.InvariantCulture) : (long?)null);
        Column(NpgsqlDbType.Text, call => call.Purpose.Purpose);
        Column(NpgsqlDbType.Text, call => call.Endpoint);
        Column(NpgsqlDbType.Text, call => call.Model);
        Column(NpgsqlDbType.Boolean, call => call.Batch);
        Column(NpgsqlDbType.Text, call => call.Hash);
        Column(NpgsqlDbType.Text, call => call.Purpose.PromptHash ?? "");
        Column(NpgsqlDbType.Text, call => PostgresText.Clean(call.Answer.Text));
        Column(NpgsqlDbType.Text, call => call.Answer.FinishReason);
        Column(NpgsqlDbType.Text, call => PostgresText.Clean(call.Answer.Refusal));
        Column(NpgsqlDbType.Text, call => PostgresText.Clean(call.Answer.Reasoning));
        Column(NpgsqlDbType.Integer, call => call.Answer.Usage.Input);
        Column(NpgsqlDbType.Integer, call => call.Answer.Usage.Output);
        Column(NpgsqlDbType.Integer, call => call.Answer.Usage.Reasoning);
        Column(NpgsqlDbType.Integer, call => call.Answer.Usage.CachedInput);
        Column(NpgsqlDbType.Boolean, call => call.Answer.Usage.Estimated);
        Column(NpgsqlDbType.Numeric, call => call.Cost);
        Column(NpgsqlDbType.Integer, call => (int)Math.Min(call.Duration.TotalMilliseconds, int.MaxValue));
        Column(NpgsqlDbType.TimestampTz, call => call.AnsweredAt.ToUniversalTime());
        await command.PrepareAsync();
        await using var reader = await command.ExecuteReaderAsync();
        var added = new List<string>();
        while (await reader.ReadAsync())
            added.Add(reader.GetString(0));
        return added;
    }
}
