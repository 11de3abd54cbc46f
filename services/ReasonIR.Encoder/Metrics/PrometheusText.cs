using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace ReasonIR.Encoder.Metrics;

/// <summary>
/// One meter's instruments in Prometheus' text exposition format 0.0.4. Listens from its making on; thread-safe. Label values are few
/// by design (models, methods, kinds of error): each makes a series that stays.
/// </summary>
public sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    readonly MeterListener listener = new();
    readonly ConcurrentDictionary<(Instrument Instrument, string Labels), Series> series = [];
    readonly ConcurrentDictionary<Instrument, bool> instruments = [];

    public PrometheusText(Meter meter)
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter != meter)
                return;
            instruments[instrument] = true;
            listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
    }

    /// <summary>All series as they stand.</summary>
    public string Write()
    {
        foreach (var ((instrument, _), one) in series)
            if (instrument.IsObservable)
                one.Forget(); // what is not observed anew is gone
        listener.RecordObservableInstruments();
        var text = new StringBuilder();
        var byInstrument = series.ToLookup(entry => entry.Key.Instrument);
        foreach (var instrument in instruments.Keys.OrderBy(instrument => instrument.Name, StringComparer.Ordinal))
        {
            var counts = instrument.GetType().Name.StartsWith("Counter", StringComparison.Ordinal);
            var bounds = Bounds(instrument);
            // TEI's counters have no suffix, and dashboards ask for them by name.
            var name = counts && !instrument.Name.StartsWith("te_", StringComparison.Ordinal) ? instrument.Name + "_total" : instrument.Name;
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {instrument.Description}\n# TYPE {name} {(bounds is not null ? "histogram" : counts ? "counter" : "gauge")}\n");
            foreach (var ((_, labels), one) in byInstrument[instrument].OrderBy(entry => entry.Key.Labels, StringComparer.Ordinal))
                one.Write(text, name, labels);
        }
        return text.ToString();
    }

    void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        series.GetOrAdd((instrument, Labels(tags)), key => new Series(key.Instrument is { IsObservable: true }, Bounds(key.Instrument))).Add(value);

    static double[]? Bounds(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => [.. histogram.Advice?.HistogramBucketBoundaries ?? []],
        Histogram<int> histogram => [.. (histogram.Advice?.HistogramBucketBoundaries ?? []).Select(bound => (double)bound)],
        Histogram<long> histogram => [.. (histogram.Advice?.HistogramBucketBoundaries ?? []).Select(bound => (double)bound)],
        _ => null,
    };

    static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length == 0)
            return "";
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
            text.Append(text.Length == 0 ? "" : ",").Append(name).Append("=\"")
                .Append((value?.ToString() ?? "").Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")).Append('"');
        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    sealed class Series(bool isObserved, double[]? bounds)
    {
        readonly Lock gate = new();
        readonly long[] buckets = new long[(bounds?.Length ?? 0) + 1];
        double sum;
        long count;
        bool known;

        public void Add(double value)
        {
            lock (gate)
            {
                known = true;
                (sum, count) = (isObserved ? value : sum + value, count + 1);
                if (bounds is null)
                    return;
                var bucket = 0;
                while (bucket < bounds.Length && value > bounds[bucket])
                    bucket++;
                buckets[bucket]++;
            }
        }

        public void Forget()
        {
            lock (gate)
                known = false;
        }

        public void Write(StringBuilder text, string name, string labels)
        {
            lock (gate)
            {
                if (!known)
                    return;
                var braces = labels.Length == 0 ? "" : $"{{{labels}}}";
                if (bounds is null)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{braces} {sum:R}\n");
                    return;
                }
                var below = 0L;
                for (var i = 0; i <= bounds.Length; i++)
                {
                    below += buckets[i];
                    var bound = i < bounds.Length ? bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{(labels.Length == 0 ? "" : ",")}le=\"{bound}\"}} {below}\n");
                }
                text.Append(CultureInfo.InvariantCulture, $"{name}_sum{braces} {sum:R}\n{name}_count{braces} {count}\n");
            }
        }
    }
}
